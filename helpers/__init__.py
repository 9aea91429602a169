"""The names that the lessons use, and nothing else."""

from .channels import explore_channels
from .controls import explore_photograph, explore_zoom, show_gallery
from .convolution import conv2d, output_size, pool2d, same_padding, windows
from .deep_mnist import show_run, stored_deep_mnist, train_deep_mnist
from .digits import feature_maps
from .doubt import show_confusion, show_learned, show_mistakes
from .drawing import draw_digit, prepare_digit, saved_drawing
from .exercises import check, hint, predict, recap_score
from .explorer import Explorer, explore, explore_pooling
from .figures import show, show_images, show_maps
from .images import COUNTING, DIAGONAL, EQUALS, MINUS, NINE, PLUS, X
from .inside import explore_network, explore_shift
from .kernels import COUNTING_KERNEL, GALLERY, HORIZONTAL_BAR
from .learning import explore_learning, gradient_step
from .logs import open_tensorboard, show_log_images
from .mnist import load_mnist
from .network import shifted, training_set
from .one_page import one_page
from .photograph import photograph, to_grey
from .pixels import explore_pixels
from .projector import projector
from .receptive import explore_receptive_field, receptive_field
from .reference import agree, quiet_tensorflow, tf_conv2d, tf_pool2d
from .training import watch_training

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
    "draw_digit",
    "explore",
    "explore_channels",
    "explore_learning",
    "explore_pixels",
    "explore_network",
    "explore_photograph",
    "explore_pooling",
    "explore_shift",
    "explore_zoom",
    "explore_receptive_field",
    "feature_maps",
    "gradient_step",
    "hint",
    "load_mnist",
    "one_page",
    "open_tensorboard",
    "output_size",
    "photograph",
    "pool2d",
    "predict",
    "prepare_digit",
    "projector",
    "quiet_tensorflow",
    "recap_score",
    "receptive_field",
    "same_padding",
    "saved_drawing",
    "shifted",
    "show",
    "show_confusion",
    "show_gallery",
    "show_images",
    "show_learned",
    "show_log_images",
    "show_maps",
    "show_mistakes",
    "show_run",
    "stored_deep_mnist",
    "tf_conv2d",
    "tf_pool2d",
    "to_grey",
    "train_deep_mnist",
    "training_set",
    "watch_training",
    "windows",
]
