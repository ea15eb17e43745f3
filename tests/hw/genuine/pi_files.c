/* Gives a process the two files that RPi.GPIO 0.7.1 looks for on a Raspberry Pi 4: the board's revision, and the
   GPIO registers, which are a plain file here. Preloaded before libc. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *instead_of(const char *path)
{
    const char *other = NULL;
    if (strcmp(path, "/dev/gpiomem") == 0)
        other = getenv("BENCH_GPIOMEM");
    else if (strcmp(path, "/proc/device-tree/system/linux,revision") == 0)
        other = getenv("BENCH_REVISION");
    return other ? other : path;
}

int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return next(instead_of(path), flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");
    return next(instead_of(path), mode);
}
