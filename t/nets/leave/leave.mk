# make leave: the library is left at every exit, in every way;
# t/sh/leave.tap plays a sample of it in a check.

leave: setup all
	$(top)/t/nets/leave/check.sh full
