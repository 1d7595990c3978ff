/* Every error that a person can meet: identifier, name on the wire, HTTP
 * status, exit code, remedy. Exit codes: 2 usage, 3 bad input, 4 refused or
 * failed code, 5 the sandbox, 6 the model, 7 a limit of time or load, 130
 * cancelled, 70 our own bug (sysexits.h's EX_SOFTWARE). */
#ifndef PLOTD_BASE_ERR_CODES_H
#define PLOTD_BASE_ERR_CODES_H

/* clang-format off */
#define ERR_CODES(X) \
	X(ERR_NONE,            "none",               200, 0,  "") \
	X(ERR_USAGE,           "usage",              422, 2,  "See `plotd --help`.") \
	X(ERR_FIELD_MISSING,   "field_missing",      422, 3,  "Send the field named above.") \
	X(ERR_FIELD_INVALID,   "field_invalid",      422, 3,  "Correct the field named above.") \
	X(ERR_MULTIPART,       "multipart_invalid",  400, 3,  "Send multipart/form-data as in RFC 7578.") \
	X(ERR_ORIGIN,          "cross_origin",       403, 3,  "Ask from a page of this service, from its proxy, or from a program.") \
	X(ERR_NOT_FOUND,       "not_found",          404, 3,  "See /openapi.json for what there is.") \
	X(ERR_METHOD,          "method_not_allowed", 405, 3,  "See /openapi.json for what there is.") \
	X(ERR_NOT_ACCEPTABLE,  "not_acceptable",     406, 3,  "Accept application/json, text/html or text/event-stream.") \
	X(ERR_MEDIA,           "unsupported_media_type", 415, 3, "Send multipart/form-data, as in the examples of /openapi.json.") \
	X(ERR_FILE,            "file_unreadable",    400, 3,  "Check the path, and who may read or write there.") \
	X(ERR_TOO_LARGE,       "too_large",          413, 3,  "Send less, or raise the limit named above (`plotd config`).") \
	X(ERR_CSV_EMPTY,       "csv_empty",          400, 3,  "Send a file with a header and at least one row.") \
	X(ERR_CSV_BINARY,      "csv_not_text",       400, 3,  "Export the table as CSV and send that.") \
	X(ERR_CSV_QUOTE,       "csv_open_quote",     400, 3,  "Close the quote, or double a quote that belongs to the text.") \
	X(ERR_CSV_ENCODING,    "csv_encoding",       400, 3,  "Save the file as UTF-8.") \
	X(ERR_CSV_SHAPE,       "csv_shape",          400, 3,  "Send one table with one row a line.") \
	X(ERR_CSV_LIMIT,       "csv_limit",          400, 3,  "Send a narrower table, or raise the limit named above.") \
	X(ERR_CODE_REFUSED,    "code_refused",       422, 4,  "Use pandas, plotly, numpy, math and datetime on the frames given.") \
	X(ERR_CODE_SYNTAX,     "code_syntax",        422, 4,  "Correct the Python.") \
	X(ERR_CODE_RAISED,     "code_raised",        422, 4,  "Correct the code, or ask in other words.") \
	X(ERR_CODE_NO_FIGURE,  "code_no_figure",     422, 4,  "Leave the figure in `fig`, or several in `figs`.") \
	X(ERR_CODE_EMPTY,      "code_empty_figure",  422, 4,  "Check that the columns named hold values.") \
	X(ERR_CODE_UNFIT,      "code_unfit",         422, 4,  "Ask in other words, or name the chart and the columns.") \
	X(ERR_CODE_TIME,       "code_time_limit",    422, 4,  "Make the code faster, or raise PLOTD_JOB_TIMEOUT.") \
	X(ERR_CODE_MEMORY,     "code_memory_limit",  422, 4,  "Aggregate before plotting, or raise PLOTD_JOB_MEMORY.") \
	X(ERR_CODE_OUTPUT,     "code_output_limit",  422, 4,  "Aggregate before plotting, or raise PLOTD_MAX_FIGURE.") \
	X(ERR_CODE_CRASHED,    "code_crashed",       422, 4,  "The code ended its process; correct it.") \
	X(ERR_RESULT_INVALID,  "result_invalid",     422, 4,  "The code left something that is no figure; correct it.") \
	X(ERR_SANDBOX,         "sandbox_failed",     503, 5,  "Run `plotd doctor` to see which layer is missing.") \
	X(ERR_SANDBOX_LEVEL,   "sandbox_too_weak",   503, 5,  "Run `plotd doctor`; PLOTD_MIN_ISOLATION sets what is demanded.") \
	X(ERR_MODEL_KEY,       "model_key",          502, 6,  "Set the provider's key, or PLOTD_LLM=rules.") \
	X(ERR_MODEL_REFUSED,   "model_refused",      502, 6,  "Ask in other words, or use another model.") \
	X(ERR_MODEL_REQUEST,   "model_request",      502, 6,  "Check the model's name and the provider's settings.") \
	X(ERR_MODEL_RATE,      "model_rate_limit",   502, 6,  "Wait, or raise the quota with the provider.") \
	X(ERR_MODEL_DOWN,      "model_unavailable",  502, 6,  "Try again, or set PLOTD_FALLBACK=rules.") \
	X(ERR_MODEL_REPLY,     "model_reply",        502, 6,  "Try again, or use another model.") \
	X(ERR_MODEL_TIMEOUT,   "model_timeout",      504, 6,  "Try again, or raise PLOTD_LLM_TIMEOUT.") \
	X(ERR_RATE,            "too_many_requests",  429, 7,  "Wait the seconds told in Retry-After.") \
	X(ERR_BUSY,            "busy",               503, 7,  "Try again in a moment; PLOTD_MAX_REQUESTS sets the bound.") \
	X(ERR_STOPPING,        "shutting_down",      503, 7,  "Send it to the next instance.") \
	X(ERR_DEADLINE,        "deadline",           504, 7,  "Ask for less, or raise PLOTD_REQUEST_TIMEOUT.") \
	X(ERR_CANCELLED,       "cancelled",          499, 130, "Nothing to do: the client went away.") \
	X(ERR_ADDRESS,         "address_unavailable",500, 7,  "Choose another with --port, or stop what holds it.") \
	X(ERR_SETUP,           "setup",              500, 5,  "Run `plotd doctor`.") \
	X(ERR_MEMORY,          "out_of_memory",      503, 7,  "Free memory, or lower PLOTD_RUNNING.") \
	X(ERR_INTERNAL,        "internal",           500, 70, "This is a bug of plotd: please report it with the request id.")
/* clang-format on */

#endif
