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

static bool mark(char c) {
	return !letter(c) && !digit(c) && !high(c) && c != ' ';
}

static size_t run(slice s, size_t i, bool (*is)(char)) {
	size_t n = 0;
	while (i + n < s.n && is(s.p[i + n])) n++;
	return n;
}

uint64_t tokens_about(slice text) {
	uint64_t n = 0;
	for (size_t i = 0; i < text.n;) {
		size_t word = run(text, i, letter), number = run(text, i, digit);
		size_t other = run(text, i, high), marks = run(text, i, mark);
		n += (word + 9) / 10 + number + (other + 3) / 4 + (marks + 1) / 2;
		i += word + number + other + marks;
		if (!(word + number + other + marks)) i++;
	}
	return n;
}
