#include "llm/prompt.h"

static bool letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c) {
	return c >= '0' && c <= '9';
}

static bool high(char c) {
	return (unsigned char)c >= 0x80;
}

static size_t run(slice s, size_t i, bool (*is)(char)) {
	size_t n = 0;
	while (i + n < s.n && is(s.p[i + n])) n++;
	return n;
}

uint64_t tokens_about(slice text) {
	uint64_t n = 0;
	for (size_t i = 0; i < text.n;) {
		size_t word = run(text, i, letter), number = run(text, i, digit), other = run(text, i, high);
		if (word) n += (word + 7) / 8;
		if (number) n += (number + 1) / 2;
		if (other) n += (other + 2) / 3;
		if (!word && !number && !other) n += text.p[i] != ' ';
		i += word + number + other + (word + number + other == 0);
	}
	return n;
}
