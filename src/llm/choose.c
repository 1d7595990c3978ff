/* Who answers: the configuration's provider, or one that the request names
 * from the operator's list (PLOTD_PROVIDERS). An item of the list is
 * "provider" (with its configured model), "provider/model" (or with a colon),
 * or "provider/" and a star (any model). An empty list means the configured provider and the rules. */
#include "llm/inside.h"

#include <stdio.h>

static const char *setting(const config *c, size_t at) {
	const char *value;
	memcpy(&value, (const char *)c + at, sizeof value);
	return value && *value ? value : NULL;
}

const provider *provider_named(const char *name) {
	for (const provider *p = PROVIDERS; p < PROVIDERS + PROVIDER_COUNT; p++)
		if (strcmp(p->name, name) == 0) return p;
	return NULL;
}

const char *provider_key(const provider *p, const config *c) {
	const char *key = provider_remote(p) ? setting(c, p->key_at) : NULL;
	return key ? key : "";
}

const char *provider_url(const provider *p, const config *c) {
	const char *url = provider_remote(p) ? setting(c, p->url_at) : NULL;
	return url ? url : p->url;
}

const char *provider_model(const provider *p, const config *c) {
	const char *model = provider_remote(p) ? setting(c, p->model_at) : NULL;
	return model ? model : p->model;
}

bool provider_ready(const provider *p, const config *c) {
	if (!provider_remote(p) || *provider_key(p, c)) return true;
	return p->keyless && strcmp(provider_url(p, c), p->url) != 0;
}

static const provider *first_ready(const config *c) {
	const provider *p = PROVIDERS;
	while (!provider_ready(p, c)) p++; /* the last row, rules, always is */
	return p;
}

static void explain(const provider *p, const config *c, char why[160]) {
	if (!provider_remote(p))
		(void)snprintf(why, 160, "no model key is set: the built-in rules answer");
	else if (*provider_key(p, c))
		(void)snprintf(why, 160, "%s is set", p->key_env);
	else
		(void)snprintf(why, 160, "a base URL of its own is set for %s", p->name);
}

const provider *choose_default(const config *c, char why[160]) {
	const provider *named = c->llm && *c->llm ? provider_named(c->llm) : NULL;
	if (named) {
		(void)snprintf(why, 160, "PLOTD_LLM is %s", named->name);
		return named;
	}
	const provider *p = first_ready(c);
	explain(p, c, why);
	return p;
}

/* Does one item of the operator's list allow this provider and model? */
static bool item_allows(slice item, const provider *p, const char *model, const config *c) {
	size_t colon = slice_find(item, ':'), slash = slice_find(item, '/');
	if (slash < colon) colon = slash;
	if (!slice_is(slice_trim(slice_sub(item, 0, colon)), p->name)) return false;
	slice named = slice_trim(slice_sub(item, colon + 1, item.n));
	if (colon == item.n) return strcmp(model, provider_model(p, c)) == 0;
	return slice_is(named, "*") || slice_is(named, model);
}

static bool list_allows(slice list, const provider *p, const char *model, const config *c) {
	while (list.n) {
		size_t comma = slice_find(list, ',');
		if (item_allows(slice_trim(slice_sub(list, 0, comma)), p, model, c)) return true;
		list = slice_sub(list, comma + 1, list.n);
	}
	return false;
}

static bool allowed(const config *c, const provider *p, const char *model) {
	char why[160];
	if (!provider_remote(p)) return true; /* plotd itself: costs nothing, sends nothing */
	if (p == choose_default(c, why) && strcmp(model, provider_model(p, c)) == 0) return true;
	return list_allows(slice_of(c->providers), p, model, c);
}

static bool refuse(err *e, const char *field, const char *value) {
	char shown[80];
	err_copy(shown, slice_of(value));
	err_set(e, ERR_FIELD_INVALID, "%s \"%s\" is not among those that this service allows", field, shown);
	err_copy(e->field, slice_of(field));
	return err_hint(e, "Leave `%s` out, or have the operator add it to PLOTD_PROVIDERS.", field);
}

bool choose(const config *c, const llm_ask *q, choice *out, err *e) {
	char why[160];
	bool by_name = q->provider && *q->provider;
	const provider *p = by_name ? provider_named(q->provider) : choose_default(c, why);
	if (!p) return refuse(e, "provider", q->provider);
	const char *own = provider_model(p, c);
	if (by_name && !allowed(c, p, q->model && *q->model ? q->model : own)) {
		bool model_is_it = allowed(c, p, own);
		return refuse(e, model_is_it ? "model" : "provider", model_is_it ? q->model : q->provider);
	}
	if (q->model && *q->model && !allowed(c, p, q->model)) return refuse(e, "model", q->model);
	*out = (choice){p, provider_remote(p) && q->model && *q->model ? q->model : own};
	return true;
}
