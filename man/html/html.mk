# The manual for a browser: index.html, and no server needed.

html: setup
	python3 -B $(top)/man/html/build.py $@

.PHONY: html
