# The manual for a browser: index.html, and no server needed.

html: setup
	@/usr/bin/python3 -X utf8 -B $(top)/man/html/build.py $@
	@echo "The manual is in $(CURDIR)/$@/index.html"
