/* Sets the wall clock of one program and what it starts, and of no other: preloaded, it adds to what the C library says
   of the time. The monotonic clock is left alone, as somebody leaves it who sets a machine's clock. How far the clock is
   set wrong stands in the file that CHAOS_CLOCK names, in nanoseconds, 8 bytes; a step counts at once.

   libfaketime 0.9.10, which does the same, turns each clock_nanosleep() on the monotonic clock into EINVAL.

   Without headers and start files, so that a compiler alone makes it:
   gcc -shared -fPIC -nostdlib -O2 -fno-builtin wall_clock.c -o wall_clock.so */

struct timespec { long seconds, nanoseconds; };
struct timeval { long seconds, microseconds; };
struct timex { unsigned modes; long offset, frequency, worst_error, error; int status; };

extern void *dlsym(void *, const char *);
extern char *getenv(const char *);
extern int open(const char *, int, ...);
extern int close(int);
extern void *mmap(void *, unsigned long, int, int, int, long);

#define NEXT ((void *)-1L)
#define FAILED ((void *)-1L)
#define READ_ONLY 0
#define PROT_READ 1
#define MAP_SHARED 1
#define CLOCK_REALTIME 0
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_TAI 11
#define SECOND 1000000000L
#define UNSYNCHRONISED 0x40

static int (*theirs)(int, struct timespec *);
static const volatile long *wrong_by;

__attribute__((constructor)) static void begin(void)
{
    theirs = (int (*)(int, struct timespec *))dlsym(NEXT, "clock_gettime");
    const char *name = getenv("CHAOS_CLOCK");
    int file = name ? open(name, READ_ONLY) : -1;
    if (file >= 0) {
        void *memory = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
        if (memory != FAILED)
            wrong_by = memory;
        close(file);
    }
}

__attribute__((visibility("default"))) int clock_gettime(int clock, struct timespec *now)
{
    if (!theirs)
        begin();
    int failed = theirs(clock, now);
    if (!failed && wrong_by && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)) {
        long sum = now->nanoseconds + *wrong_by % SECOND;
        now->seconds += *wrong_by / SECOND + (sum >= SECOND) - (sum < 0);
        now->nanoseconds = sum + (sum < 0) * SECOND - (sum >= SECOND) * SECOND;
    }
    return failed;
}

/* A clock that is right is one that a time source disciplines, as far as hw/clock.py asks the kernel. */
__attribute__((visibility("default"))) int adjtimex(struct timex *told)
{
    told->status = wrong_by && *wrong_by ? UNSYNCHRONISED : 0;
    told->worst_error = 1000;
    return 0;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec fine;
    (void)zone;
    int failed = clock_gettime(CLOCK_REALTIME, &fine);
    if (!failed && now) {
        now->seconds = fine.seconds;
        now->microseconds = fine.nanoseconds / 1000;
    }
    return failed;
}

__attribute__((visibility("default"))) long time(long *now)
{
    struct timespec fine;
    clock_gettime(CLOCK_REALTIME, &fine);
    if (now)
        *now = fine.seconds;
    return fine.seconds;
}
