"""The names that the lessons use, and nothing else."""

from .channels import explore_channels
from .controls import explore_photograph, explore_zoom, show_gallery
from .convolution import conv2d, output_size, pool2d, same_padding, windows
from .exercises import check, hint, predict
from .explorer import Explorer, explore, explore_pooling
from .figures import show, show_images, show_maps
from .images import COUNTING, DIAGONAL, EQUALS, MINUS, NINE, PLUS, X
from .kernels import COUNTING_KERNEL, GALLERY, HORIZONTAL_BAR
from .mnist import load_mnist
from .network import feature_maps, progress, shifted, training_set
from .photograph import photograph, to_grey
from .pixels import explore_pixels
from .receptive import explore_receptive_field, receptive_field
from .reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d

__all__ = [
    "COUNTING",
    "COUNTING_KERNEL",
    "DIAGONAL",
    "EQUALS",
    "Explorer",
    "GALLERY",
    "HORIZONTAL_BAR",
    "MINUS",
    "NINE",
    "PLUS",
    "X",
    "agree",
    "check",
    "conv2d",
    "explore",
    "explore_channels",
    "explore_pixels",
    "explore_photograph",
    "explore_pooling",
    "explore_zoom",
    "explore_receptive_field",
    "feature_maps",
    "hint",
    "load_mnist",
    "output_size",
    "photograph",
    "pool2d",
    "predict",
    "progress",
    "quiet_tensorflow",
    "receptive_field",
    "same_padding",
    "shifted",
    "show",
    "show_gallery",
    "show_images",
    "show_maps",
    "tf_conv2d",
    "tf_pool2d",
    "to_grey",
    "training_set",
    "windows",
]
