/*
 * Keeps the compiler busy for ever.
 *
 * Expect: does not compile
 */
#define A1 B1 B1 B1 B1 B1 B1 B1 B1 B1 B1
#define B1 C1 C1 C1 C1 C1 C1 C1 C1 C1 C1
#define C1 D1 D1 D1 D1 D1 D1 D1 D1 D1 D1
#define D1 E1 E1 E1 E1 E1 E1 E1 E1 E1 E1
#define E1 F1 F1 F1 F1 F1 F1 F1 F1 F1 F1
#define F1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1
#define G1 H1 H1 H1 H1 H1 H1 H1 H1 H1 H1
#define H1 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 +
static const int bomb = A1 A1 A1 A1 0;

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	return 3600000;
}
