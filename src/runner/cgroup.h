/* Control groups, inside the runner: cgroup_find.c finds, cgroup.c uses. */
#ifndef PLOTD_RUNNER_CGROUP_H
#define PLOTD_RUNNER_CGROUP_H

#include "runner/runner.h"

/* A directory in which ours may be made, close-on-exec; -1 with errno. `proc` is /proc/self but for tests. */
int cgroup_v1_parent(const char *proc, const char *controller);
int cgroup_v2_parent(const char *proc);
void cgroup_enable(int dir);
/* errno number or 0 */
int cgroup_write(int dir, const char *name, const char *text);

#endif
