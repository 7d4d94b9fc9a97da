# SPDX-License-Identifier: Apache-2.0
# make -j2 with its job server, gcc, ar, a shared library, and what was built runs
set -e
printf 'int twice(int n) { return 2 * n; }\n' >twice.c
printf 'int thrice(int n) { return 3 * n; }\n' >thrice.c
printf '#include <stdio.h>\nint twice(int); int thrice(int);\nint main(void) { return !printf("%%d %%d\\n", twice(2), thrice(2)); }\n' >main.c
cat >Makefile <<'M'
all: main
main: main.o libtwice.a libthrice.so
	$(CC) -o $@ main.o -L. -ltwice -lthrice -Wl,-rpath,'$$ORIGIN'
libtwice.a: twice.o
	$(AR) rcsD $@ $^
libthrice.so: thrice.c
	$(CC) -shared -fPIC -o $@ $<
test: all
	./main
clean:
	rm -f main.o
M
make -j2 --output-sync=target | sort && make test clean
