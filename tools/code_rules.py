"""The rules that the Python and the page code of the course keep: who imports whom, and sizes.

Each rule gets a file and yields its complaints.
"""

import ast
import io
import tokenize

# From the arithmetic up: a module imports only from levels below its own.
LEVELS = (
    {"projector"},
    {"convolution", "kernels", "images", "photograph", "download", "stored"},
    {"figures", "reference", "judge", "mnist"},
    {"explorer", "panels", "network", "questions"},
    {"controls", "pixels", "channels", "receptive", "learning", "exercises", "digits"},
    {"inside", "doubt", "drawing", "training", "logs", "summary"},
    {"deep_mnist", "one_page"},
    {"__init__"},
)
OUTSIDE = {  # packages that only these modules may import
    "tensorflow": {"reference"},
    "keras": set(),
    "anywidget": {
        "explorer",
        "controls",
        "pixels",
        "channels",
        "receptive",
        "learning",
        "exercises",
        "drawing",
    },
    "ipywidgets": {"controls", "training", "inside"},
    "tensorboard": {"logs"},
    "scipy": set(),
    "mlxtend": set(),
    "pandas": set(),
}
SLOW = ("tensorflow", "keras", "matplotlib", "PIL")  # only inside the functions that need them
NUMPY_ALONE = {"convolution", "kernels", "images"}
FILE_LINES, FUNCTION_LINES = 400, 25
PAGE_LINES = {"explorer.js": 600}


def module(path):
    """Return the name by which LEVELS knows a file: a folder counts as one module."""
    return path.parent.name if path.parent.name != "helpers" else path.stem


def imports(tree, path):
    """Yield (name, own, inside): the module imported, whether from helpers, whether in a function.

    `from .figures import still` and `from . import figures` both give "figures".
    """
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    depth = 1 if module(path) == path.stem else 2  # how many dots lead to helpers/
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module, node.level)] if node.module else []
            names = names or [(alias.name, node.level) for alias in node.names]
        else:
            continue
        for name, level in names:
            parts = name.split(".")
            own = level == depth or parts[0] == "helpers"
            if own or not level:
                yield parts[1 if parts[0] == "helpers" else 0], own, node in inside


def import_rule(path, text):
    me = module(path)
    ranks = {name: rank for rank, names in enumerate(LEVELS) for name in names}
    if me not in ranks:
        yield f"{me} has no place in LEVELS of tools/code_rules.py"
        return
    for name, own, inside in imports(ast.parse(text), path):
        if own and ranks.get(name, len(LEVELS)) >= ranks[me]:
            yield f"{me} imports {name}, which is not below it"
        if own:
            continue
        if me not in OUTSIDE.get(name, {me}):
            yield f"{me} imports {name}"
        if name in SLOW and not inside:
            yield f"{me} imports {name} outside the functions that need it"
        if me in NUMPY_ALONE and name != "numpy":
            yield f"{me} imports {name}: NumPy alone is allowed"


def code_lines(text):
    """Return the numbers of the lines that hold code: no docstring, comment or blank line."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines = {
        number
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in skipped and token.string
        for number in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(text)):
        for statement in getattr(node, "body", []) if isinstance(node, _WITH_TEXT) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                lines -= set(range(statement.lineno, statement.end_lineno + 1))
    return lines


_WITH_TEXT = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def size_rule(path, text):
    lines = code_lines(text)
    if len(lines) > FILE_LINES:
        yield f"{path.name} has {len(lines)} lines of code: {FILE_LINES} are allowed"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = len(lines & set(range(node.lineno, node.end_lineno + 1)))
            if own > FUNCTION_LINES:
                yield f"{path.name}: {node.name} has {own} lines: {FUNCTION_LINES} are allowed"


def page_size_rule(path, text):
    allowed = PAGE_LINES.get(path.name, FILE_LINES)
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("//", "/*", "*"))]
    if len(lines) > allowed:
        yield f"{path.name} has {len(lines)} lines of code: {allowed} are allowed"


def complaints(path, text, in_helpers):
    """Return what the rules say about one file with this text."""
    if path.suffix != ".py":
        return list(page_size_rule(path, text))
    found = list(size_rule(path, text))
    return found + list(import_rule(path, text)) if in_helpers else found
