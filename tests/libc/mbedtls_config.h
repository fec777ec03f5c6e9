/* SPDX-License-Identifier: ISC */
/*
 * mbedtls_config.h: what the library's own configuration wants of a system and a guest does
 * not have, taken back: files, sockets, signals. Without dates its certificates stay valid.
 */
#undef MBEDTLS_FS_IO
#undef MBEDTLS_PSA_CRYPTO_STORAGE_C
#undef MBEDTLS_PSA_ITS_FILE_C
#undef MBEDTLS_NET_C
#undef MBEDTLS_TIMING_C
#undef MBEDTLS_HAVE_TIME
#undef MBEDTLS_HAVE_TIME_DATE

/* Entropy is mbedtls_hardware_poll() of ours. */
#define MBEDTLS_NO_PLATFORM_ENTROPY
#define MBEDTLS_ENTROPY_HARDWARE_ALT
