"""The names that the lessons use, and nothing else."""

from .convolution import conv2d, output_size, pool2d, same_padding, windows
from .exercises import check, hint, predict
from .explorer import Explorer, explore, explore_pooling
from .figures import show, show_images, show_maps
from .images import COUNTING, DIAGONAL, EQUALS, MINUS, NINE, PLUS, X
from .kernels import COUNTING_KERNEL, HORIZONTAL_BAR
from .mnist import load_mnist
from .network import feature_maps, progress, shifted, training_set
from .reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d

__all__ = [
    "COUNTING",
    "COUNTING_KERNEL",
    "DIAGONAL",
    "EQUALS",
    "Explorer",
    "HORIZONTAL_BAR",
    "MINUS",
    "NINE",
    "PLUS",
    "X",
    "agree",
    "check",
    "conv2d",
    "explore",
    "explore_pooling",
    "feature_maps",
    "hint",
    "load_mnist",
    "output_size",
    "pool2d",
    "predict",
    "progress",
    "quiet_tensorflow",
    "same_padding",
    "shifted",
    "show",
    "show_images",
    "show_maps",
    "tf_conv2d",
    "tf_pool2d",
    "training_set",
    "windows",
]
