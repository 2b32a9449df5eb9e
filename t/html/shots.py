"""Pictures of pages for a reviewer: desktop and telephone, light and dark.

Usage: shots.py HTML-DIRECTORY OUTPUT-DIRECTORY PAGE...
A page may have an anchor; a picture shows a screen from there, or four screens
from the top.
"""

import os
import sys

from browser import Browser

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


def main():
    source, out, *pages = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    with Browser() as browser:
        for page in pages:
            for name, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    tall = 1 if "#" in page else 3
                    browser.window(width, height * tall, scheme)
                    browser.open("about:blank")
                    browser.open("file://%s/%s" % (os.path.abspath(source),
                                                   page))
                    file = "%s-%s-%s.png" % (page.replace("#", "-"), name,
                                             scheme)
                    browser.picture(os.path.join(out, file))


if __name__ == "__main__":
    main()
