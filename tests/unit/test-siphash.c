/* SPDX-License-Identifier: MIT */
/*
 * Reference values: key 00 01 … 0F, messages of 0 to 63 bytes 00 01 02 …, made with a second
 * implementation whose 2-4 variant gives the value of the SipHash paper and whose 1-3 variant
 * agrees with Python's hash() of bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/siphash.h"

static const uint64_t expected[64] = {
	0xABAC0158050FC4DC, 0xC9F49BF37D57CA93, 0x82CB9B024DC7D44D, 0x8BF80AB8E7DDF7FB,
	0xCF75576088D38328, 0xDEF9D52F49533B67, 0xC50D2B50C59F22A7, 0xD3927D989BB11140,
	0x369095118D299A8E, 0x25A48EB36C063DE4, 0x79DE85EE92FF097F, 0x70C118C1F94DC352,
	0x78A384B157B4D9A2, 0x306F760C1229FFA7, 0x605AA111C0F95D34, 0xD320D86D2A519956,
	0xCC4FDD1A7D908B66, 0x9CF2689063DBD80C, 0x8FFC389CB473E63E, 0xF21F9DE58D297D1C,
	0xC0DC2F46A6CCE040, 0xB992ABFE2B45F844, 0x7FFE7B9BA320872E, 0x525A0E7FDAE6C123,
	0xF464AEB267349C8C, 0x45CD5928705B0979, 0x3A3E35E3CA9913A5, 0xA91DC74E4ADE3B35,
	0xFB0BED02EF6CD00D, 0x88D93CB44AB1E1F4, 0x540F11D643C5E663, 0x2370DD1F8C21D1BC,
	0x81157B6C16A7B60D, 0x4D54B9E57A8FF9BF, 0x759F12781F2A753E, 0xCEA1A3BEBF186B91,
	0x2CF508D3ADA26206, 0xB6101C2DA3C33057, 0xB3F47496AE3A36A1, 0x626B57547B108392,
	0xC1D2363299E41531, 0x667CC1923F1AD944, 0x65704FFEC8138825, 0x24F280D1C28949A6,
	0xC2CA1CEDFAF8876B, 0xC2164BFC9F042196, 0xA16E9C9368B1D623, 0x49FB169C8B5114FD,
	0x9F3143F8DF074C46, 0xC6FDAF2412CC86B3, 0x7EAF49D10A52098F, 0x1CF313559D292F9A,
	0xC44A30DDA2F41F12, 0x36FAE98943A71ED0, 0x318FB34C73F0BCE6, 0xA27ABF3670A7E980,
	0xB4BCC0DB243C6D75, 0x23F8D852FDB71513, 0x8F035F4DA67D8A08, 0xD89CD0E5B7E8F148,
	0xF6F4E6BCF7A644EE, 0xAEC59AD80F1837F2, 0xC3B2F6154B6694E0, 0x9D199062B7BBB3A8,
};

static const uint64_t key[2] = {0x0706050403020100, 0x0F0E0D0C0B0A0908};

static uint64_t hash_of(const uint64_t k[2], size_t n)
{
	struct siphash h;
	size_t         i;

	siphash_init(&h, k);
	for (i = 0; i < n; i++)
		siphash_byte(&h, (uint8_t)i);
	return siphash_final(&h);
}

static void test_reference_values(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(expected); n++)
		if (hash_of(key, n) != expected[n])
			fail_msg("%zu bytes: %016llx, not %016llx", n,
				 (unsigned long long)hash_of(key, n),
				 (unsigned long long)expected[n]);
}

/* The number of bytes is mixed in modulo 256. */
static void test_long_message(void **state)
{
	struct siphash a, b;
	int            i;

	(void)state;
	siphash_init(&a, key);
	siphash_init(&b, key);
	for (i = 0; i < 1000; i++)
		siphash_byte(&a, 0);
	for (i = 0; i < 1001; i++)
		siphash_byte(&b, 0);
	assert_int_not_equal(siphash_final(&a), siphash_final(&b));
}

static void test_key_matters(void **state)
{
	static const uint64_t others[][2] = {
		{0x0706050403020101, 0x0F0E0D0C0B0A0908},
		{0x0706050403020100, 0x0F0E0D0C0B0A0909},
		{0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_not_equal(hash_of(others[i], 10), expected[10]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_values),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_key_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
