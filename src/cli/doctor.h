/* What the doctor's files share. */
#ifndef PLOTD_CLI_DOCTOR_H
#define PLOTD_CLI_DOCTOR_H

#include "cli/cli.h"

enum verdict { FINE, WARNING, FAILURE };

typedef struct report {
	buf out;
	bool json;
	enum verdict worst;
	size_t n;
} report;

/* One line: what was looked at, how it is, and for what is not fine the command that mends it. */
void doctor_tell(report *r, enum verdict v, const char *what, const char *state, const char *remedy);

/* doctor_docker.c: the engine, its image, and Python's own way to the engine. `used` is the executor that runs jobs,
 * with an empty name where none does. */
void doctor_docker(cli *c, report *r, const sandbox_status *used);

#endif
