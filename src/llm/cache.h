/* Code that worked before, on disk (SQLite), so that the same question over the
 * same kind of data costs no model call; the code runs again on the new data.
 * Holds code and titles only: the key is a hash. Whatever goes wrong with the
 * file, the cache is merely empty. Thread-safe. */
#ifndef PLOTD_LLM_CACHE_H
#define PLOTD_LLM_CACHE_H

#include "base/buf.h"
#include "base/sha256.h"

enum { CACHE_ROWS_MAX = 2000, CACHE_CODE_MAX = 64 << 10 };

typedef struct cache cache;
/* `folder` "": $XDG_CACHE_HOME/plotd or ~/.cache/plotd. Opens nothing yet; NULL when memory is out. */
cache *cache_open(const char *folder);
void cache_close(cache *c); /* NULL is fine */

/* True when there: code and title are appended. */
bool cache_get(cache *c, const uint8_t key[SHA256_BYTES], buf *code, buf *title);
void cache_put(cache *c, const uint8_t key[SHA256_BYTES], slice code, slice title);
void cache_forget(cache *c, const uint8_t key[SHA256_BYTES]);

#endif
