"""The one reader of image files: what data sets, evaluations and pages read goes through `decoding.decode`.

`places` and `archives` find the image files of a folder, a zip or a tar; `layout` tells the class of each by
its name; `decoding` makes an array of one file's bytes; `loading` does so of many, in threads, and keeps the
result.
What is named here is for plugins too.
"""

from ganzoo.image_files.decoding import Target, fitted
from ganzoo.image_files.formats import SUFFIXES
from ganzoo.image_files.labelled import common_size, find_split, load_layout, say
from ganzoo.image_files.layout import Layout, by_class
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.loading import load_images
from ganzoo.image_files.opening import place_of
from ganzoo.image_files.places import FolderPlace, ImagePlace
from ganzoo.image_files.threads import in_threads

__all__ = [
    "SUFFIXES", "FolderPlace", "ImagePlace", "Layout", "LeftOut", "Target", "by_class", "common_size",
    "find_split", "fitted", "in_threads", "load_images", "load_layout", "place_of", "say",
]  # fmt: skip
