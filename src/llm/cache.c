#include "llm/cache.h"

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct cache {
	pthread_mutex_t lock;
	char *path;
	sqlite3 *db;
	bool tried; /* opened, or given up */
};

static const char SCHEMA[] = "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
			     "CREATE TABLE IF NOT EXISTS code(key BLOB PRIMARY KEY, code TEXT NOT NULL, title TEXT NOT "
			     "NULL, used INTEGER NOT NULL) WITHOUT ROWID;"
			     "CREATE INDEX IF NOT EXISTS code_used ON code(used);";

static void add_folder(buf *path, const char *folder) {
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (folder && *folder)
		buf_adds(path, folder);
	else if (base && base[0] == '/')
		buf_printf(path, "%s/plotd", base);
	else
		buf_printf(path, "%s/.cache/plotd", home && *home ? home : "/tmp");
}

cache *cache_open(const char *folder) {
	cleanup_buf buf path = BUF_INIT(4096);
	cache *c = calloc(1, sizeof *c);
	add_folder(&path, folder);
	buf_adds(&path, "/code.sqlite");
	if (c) c->path = buf_steal(&path);
	if (!c || !c->path) {
		free(c);
		return NULL;
	}
	(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

void cache_close(cache *c) {
	if (!c) return;
	(void)sqlite3_close(c->db);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->path);
	free(c);
}

/* Each folder of the path, private to the user. */
static bool make_folders(char *path) {
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		bool ok = mkdir(path, 0700) == 0 || errno == EEXIST;
		*slash = '/';
		if (!ok) return false;
	}
	return true;
}

static bool open_once(cache *c) {
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	mode_t old = umask(077);
	bool ok = sqlite3_open_v2(c->path, &c->db, flags, NULL) == SQLITE_OK &&
		  sqlite3_busy_timeout(c->db, 200) == SQLITE_OK &&
		  sqlite3_exec(c->db, SCHEMA, NULL, NULL, NULL) == SQLITE_OK;
	(void)umask(old);
	if (ok) return true;
	log_warning("cache_unusable", LOG_S("reason", c->db ? sqlite3_errmsg(c->db) : "no memory"));
	(void)sqlite3_close(c->db);
	c->db = NULL;
	return false;
}

/* Under the lock. A file that is no database is put away, once, and begun anew. */
static bool ready(cache *c) {
	if (c->db || c->tried) return c->db != NULL;
	c->tried = true;
	if (!make_folders(c->path)) {
		log_warning("cache_unusable", LOG_S("reason", "its folder cannot be made"));
		return false;
	}
	struct stat there;
	if (open_once(c)) return true;
	return stat(c->path, &there) == 0 && unlink(c->path) == 0 && open_once(c);
}

static sqlite3_stmt *prepare(cache *c, const char *sql, const uint8_t *key) {
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(c->db, sql, -1, &s, NULL) != SQLITE_OK) return NULL;
	if (key) (void)sqlite3_bind_blob(s, 1, key, SHA256_BYTES, SQLITE_STATIC);
	return s;
}

static bool run(sqlite3_stmt *s) {
	bool ok = s && sqlite3_step(s) == SQLITE_DONE;
	(void)sqlite3_finalize(s);
	return ok;
}

static slice column(sqlite3_stmt *s, int i) {
	const unsigned char *text = sqlite3_column_text(s, i);
	int n = sqlite3_column_bytes(s, i);
	return (slice){(const char *)text, text && n > 0 ? (size_t)n : 0};
}

static void touch(cache *c, const uint8_t *key) {
	sqlite3_stmt *s = prepare(c, "UPDATE code SET used=?2 WHERE key=?1", key);
	if (s) (void)sqlite3_bind_int64(s, 2, time(NULL));
	(void)run(s);
}

static bool get(cache *c, const uint8_t *key, buf *code, buf *title) {
	sqlite3_stmt *s = prepare(c, "SELECT code, title FROM code WHERE key=?1", key);
	bool found = s && sqlite3_step(s) == SQLITE_ROW;
	if (found) {
		buf_add(code, column(s, 0));
		buf_add(title, column(s, 1));
	}
	(void)sqlite3_finalize(s);
	if (found) touch(c, key);
	return found && code->n > 0;
}

bool cache_get(cache *c, const uint8_t key[SHA256_BYTES], buf *code, buf *title) {
	if (!c) return false;
	(void)pthread_mutex_lock(&c->lock);
	bool found = ready(c) && get(c, key, code, title);
	(void)pthread_mutex_unlock(&c->lock);
	return found;
}

/* The rows used longest ago go. */
static void trim(cache *c) {
	sqlite3_stmt *s = prepare(
	    c, "DELETE FROM code WHERE key IN (SELECT key FROM code ORDER BY used DESC LIMIT -1 OFFSET ?1)", NULL);
	if (s) (void)sqlite3_bind_int(s, 1, CACHE_ROWS_MAX);
	(void)run(s);
}

static void put(cache *c, const uint8_t *key, slice code, slice title) {
	sqlite3_stmt *s = prepare(c, "INSERT OR REPLACE INTO code(key, code, title, used) VALUES(?1, ?2, ?3, ?4)", key);
	if (!s) return;
	(void)sqlite3_bind_text(s, 2, code.p, (int)code.n, SQLITE_STATIC);
	(void)sqlite3_bind_text(s, 3, title.n ? title.p : "", (int)title.n, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 4, time(NULL));
	if (run(s)) trim(c);
}

void cache_put(cache *c, const uint8_t key[SHA256_BYTES], slice code, slice title) {
	if (!c || !code.n || code.n > CACHE_CODE_MAX || title.n > CACHE_CODE_MAX) return;
	(void)pthread_mutex_lock(&c->lock);
	if (ready(c)) put(c, key, code, title);
	(void)pthread_mutex_unlock(&c->lock);
}

void cache_forget(cache *c, const uint8_t key[SHA256_BYTES]) {
	if (!c) return;
	(void)pthread_mutex_lock(&c->lock);
	if (ready(c)) (void)run(prepare(c, "DELETE FROM code WHERE key=?1", key));
	(void)pthread_mutex_unlock(&c->lock);
}
