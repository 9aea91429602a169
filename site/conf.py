"""Sphinx's settings for the site of the lessons; tools/build_site.py calls Sphinx with them."""

project = "Convolution, One Window at a Time"
copyright = "its authors; text and pictures CC BY 4.0, code MIT"
html_title = project
language = "en-GB"

extensions = ["myst_nb"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
# Ordinary scripts, not modules: those a browser does not load from a folder or a USB stick.
html_js_files = [("pictures.js", {"defer": "defer"}), ("living.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_use_index = False

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Code that needs Jupyter"
nb_code_prompt_hide = "Code that needs Jupyter"
nb_ipywidgets_js = {}  # no widget manager, and nothing from elsewhere
myst_links_external_new_tab = False
# A lesson's fine print may begin with a heading of its own; a page's formulas are words.
suppress_warnings = ["myst.header"]
