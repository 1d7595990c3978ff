/* Threads that do the same work together. Internal to src/data. */
#ifndef PLOTD_DATA_CREW_H
#define PLOTD_DATA_CREW_H

#include <stddef.h>

enum { CREW_MAX = 16 };

/* Of worker i, who leaves when he finds nothing more to do. */
typedef void crew_work(void *context, size_t i);

/* Calls `work` on the calling thread as worker 0, and on n - 1 more threads, or fewer where the system gives no more;
 * returns when all have left. */
void crew_run(size_t n, crew_work *work, void *context);

#endif
