/* SHA-256 (FIPS 180-4), for names of things by what they hold: cached code,
 * hashes in a Content-Security-Policy. Not for secrets. */
#ifndef PLOTD_BASE_SHA256_H
#define PLOTD_BASE_SHA256_H

#include "base/slice.h"

#include <stdint.h>

enum { SHA256_BYTES = 32 };

typedef struct sha256 {
	uint32_t state[8];
	uint64_t n; /* bytes so far */
	uint8_t block[64];
} sha256;

void sha256_init(sha256 *h);
void sha256_add(sha256 *h, slice s);
/* The length as 8 bytes, then the bytes: parts added so cannot be mistaken for one another. */
void sha256_add_part(sha256 *h, slice s);
void sha256_end(sha256 *h, uint8_t out[SHA256_BYTES]);

#endif
