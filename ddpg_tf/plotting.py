"""House style: one colour per role through the series, and the four pictures that every page shares.

The style sheet is used with `plt.style.use("ddpg_tf.ddpg")`.
"""

import io
import itertools

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image as InlineImage
from PIL import Image
from scipy import stats

COLORS = {  # Okabe and Ito's palette: told apart by colour-blind readers and in grey
    "actor": "#0072B2",
    "critic": "#D55E00",
    "target": "#56B4E9",
    "noise": "#CC79A7",
    "environment": "#009E73",
    "memory": "#E69F00",
    "neutral": "#444444",
}
