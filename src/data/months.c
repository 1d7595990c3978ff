#include "data/months.h"

enum { OTHER = 26, INITIALS }; /* beside the letters: words that begin with none of ASCII */

/* English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Turkish, Czech, Finnish, Swedish,
 * Danish and Norwegian, as they stand in dates: by their first letter, each behind a letter for its month, A to L. */
static const char *const MONTHS[INITIALS] = {
    ['a' - 'a'] = "Dapril|Davril|Dabril|Daprile|Dapr|Davr|Dabr|Haugust|Haoût|Haout|Hagosto|Haugustus|Haugusti|"
		  "Hağustos|Haug|Hago|Hağu|Laralık|Lara",
    ['b' - 'a'] = "Cbřezna",
    ['c' - 'a'] = "Fczerwca|Fczerwiec|Fcze",
    ['d' - 'a'] = "Ddubna|Ldecember|Ldezember|Ldécembre|Ldecembre|Ldiciembre|Ldicembre|Ldezembro|Ldesember|"
		  "Ldec|Ldez|Ldéc|Ldic|Ldes",
    ['e' - 'a'] = "Aenero|Aene|Helokuuta|Ieylül|Ieyl|Jekim|Jeki",
    ['f' - 'a'] = "Bfebruary|Bfebruar|Bfévrier|Bfevrier|Bfebrero|Bfebbraio|Bfevereiro|Bfebruari|Bfeber|Bfeb|"
		  "Bfévr|Bfév|Bfev",
    ['g' - 'a'] = "Agennaio|Agen|Fgiugno|Fgiu|Lgrudnia|Lgrudzień|Lgru",
    ['h' - 'a'] = "Bhelmikuuta|Dhuhtikuuta|Fhaziran|Fhaz|Gheinäkuuta",
    ['j' - 'a'] = "Ajanuary|Ajanuar|Ajanvier|Ajaneiro|Ajanuari|Ajänner|Ajan|Ajanv|Ajän|Fjune|Fjuni|Fjuin|"
		  "Fjunio|Fjunho|Fjun|Gjuly|Gjuli|Gjuillet|Gjulio|Gjulho|Gjul|Gjuil|Ljoulukuuta",
    ['k' - 'a'] = "Dkwietnia|Dkwiecień|Dkwi|Ekvětna|Fkesäkuuta|Kkasım|Kkas",
    ['l' - 'a'] = "Aledna|Blutego|Bluty|Blut|Gluglio|Glipca|Glipiec|Glug|Glip|Jlokakuuta|Klistopada|Klistopad|"
		  "Klistopadu|Klis",
    ['m' - 'a'] = "Cmarch|Cmärz|Cmaerz|Cmars|Cmarzo|Cmarço|Cmarco|Cmaart|Cmarca|Cmarzec|Cmart|Cmarts|"
		  "Cmaaliskuuta|Cmrz|Cmär|Cmar|Cmrt|Emay|Emayo|Emaggio|Emaio|Emei|Emaja|Emai|Emayıs|Emaj|Emag|"
		  "Kmarraskuuta",
    ['n' - 'a'] = "Dnisan|Dnis|Knovember|Knovembre|Knoviembre|Knovembro|Knov",
    ['o' - 'a'] = "Aocak|Aoca|Joctober|Joktober|Joctobre|Joctubre|Jottobre|Joutubro|Joct|Jokt|Jott|Jout",
    ['p' - 'a'] = "Jpaździernika|Jpaździernik|Jpaź|Lprosince",
    ['s' - 'a'] = "Astycznia|Astyczeń|Asty|Hsierpnia|Hsierpień|Hsrpna|Hsie|Iseptember|Iseptembre|Iseptiembre|"
		  "Isetiembre|Isettembre|Isetembro|Isyyskuuta|Isept|Isep|Iset",
    ['t' - 'a'] = "Atammikuuta|Etoukokuuta|Gtemmuz|Gtem",
    ['w' - 'a'] = "Iwrześnia|Iwrzesień|Iwrz",
    ['z' - 'a'] = "Izáří",
    [OTHER] = "Aянваря|Aянварь|Aянв|Bфевраля|Bфевраль|Bşubat|Búnora|Bфев|Bşub|Cмарта|Cмарт|Cмар|Dапреля|"
	      "Dапрель|Dапр|Eмая|Eмай|Fиюня|Fиюнь|Fčervna|Fиюн|Gиюля|Gиюль|Gčervence|Gиюл|Hавгуста|Hавгуст|"
	      "Hавг|Iсентября|Iсентябрь|Iсен|Iсент|Jоктября|Jоктябрь|Jříjna|Jокт|Kноября|Kноябрь|Kноя|"
	      "Lдекабря|Lдекабрь|Lдек",
};

/* Without mar, which is March in more files than mardi or martes. */
static const char *const WEEKDAYS[INITIALS] = {
    ['d' - 'a'] = "dienstag|donnerstag|di|do|dimanche|dim|domingo|dom|domenica|dinsdag|donderdag",
    ['f' - 'a'] = "friday|fri|freitag|fr",
    ['g' - 'a'] = "giovedì|gio",
    ['j' - 'a'] = "jeudi|jeu|jueves|jue",
    ['l' - 'a'] = "lundi|lun|lunes|lunedì",
    ['m' - 'a'] = ("monday|mon|montag|mittwoch|mo|mi|mardi|mercredi|mer|martes|miércoles|mié|martedì|mercoledì|"
		   "maandag|ma"),
    ['q' - 'a'] = "quarta-feira|quinta-feira|qua|qui",
    ['s' - 'a'] = ("saturday|sunday|sat|sun|samstag|sonnabend|sonntag|sa|so|samedi|sam|sábado|sáb|sabato|sab|"
		   "segunda-feira|sexta-feira|seg|sex"),
    ['t' - 'a'] = "tuesday|thursday|tue|tues|thu|thur|thurs|terça-feira|ter",
    ['v' - 'a'] = "vendredi|ven|viernes|vie|venerdì|vrijdag|vr",
    ['w' - 'a'] = "wednesday|wed|woensdag|wo",
    ['z' - 'a'] = "zaterdag|zondag|za|zo",
    [OTHER] = "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс",
};

static bool is_letter(char c) {
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

/* Bytes of the longest word of the table that s starts with and that ends there; *mark is the byte before it, where
 * words have one. */
static size_t word_of(slice s, const char *const *table, bool marked, char *mark) {
	if (!s.n || !is_letter(s.p[0])) return 0;
	const char *at = table[(unsigned char)s.p[0] >= 0x80 ? OTHER : (s.p[0] | 32) - 'a'];
	size_t best = 0;
	while (at && *at) {
		const char *word = at + marked;
		size_t n = 0;
		while (word[n] && word[n] != '|') n++;
		bool fits = n <= s.n && n > best && slice_eq_folded(slice_sub(s, 0, n), (slice){word, n});
		if (fits && (n == s.n || !is_letter(s.p[n]) || s.p[n] == (char)0xe5 || s.p[n] == (char)0xe6))
			best = n, *mark = *at;
		at = word + n + (word[n] == '|');
	}
	return best;
}

unsigned month_named(slice s, size_t *bytes) {
	char mark = 'A';
	size_t n = word_of(s, MONTHS, true, &mark);
	if (!n) return 0;
	*bytes = n + (n < s.n && s.p[n] == '.');
	return (unsigned)(mark - 'A' + 1);
}

size_t weekday_at(slice s) {
	char ignored;
	return word_of(s, WEEKDAYS, false, &ignored);
}
