#include "llm/vendors.h"

#include <stddef.h>

#define SETTINGS(vendor)                                                                                               \
	.key_at = offsetof(config, vendor##_key), .url_at = offsetof(config, vendor##_url),                            \
	.model_at = offsetof(config, vendor##_model)

const provider PROVIDERS[] = {
    [PROVIDER_GEMINI] = {.name = "gemini",
			 .label = "Gemini",
			 .key_env = "GEMINI_API_KEY",
			 .url_env = "GEMINI_BASE_URL",
			 .url = "https://generativelanguage.googleapis.com",
			 .model = "gemini-flash-latest",
			 .version = "/v1beta",
			 .path = "/models/%s:streamGenerateContent?alt=sse",
			 .ops = &GEMINI,
			 SETTINGS(gemini)},
    [PROVIDER_OPENAI] = {.name = "openai",
			 .label = "the OpenAI-compatible server",
			 .key_env = "OPENAI_API_KEY",
			 .url_env = "OPENAI_BASE_URL",
			 .url = "https://api.openai.com/v1",
			 .model = "gpt-5-mini",
			 .version = "",
			 .path = "/chat/completions",
			 .keyless = true,
			 .ops = &OPENAI,
			 SETTINGS(openai)},
    [PROVIDER_ANTHROPIC] = {.name = "anthropic",
			    .label = "Anthropic",
			    .key_env = "ANTHROPIC_API_KEY",
			    .url_env = "ANTHROPIC_BASE_URL",
			    .url = "https://api.anthropic.com",
			    .model = "claude-sonnet-4-5",
			    .version = "/v1",
			    .path = "/messages",
			    .ops = &ANTHROPIC,
			    SETTINGS(anthropic)},
    [PROVIDER_RULES] =
	{.name = "rules", .label = "plotd's rules", .key_env = "", .url_env = "", .url = "", .model = ""},
};
