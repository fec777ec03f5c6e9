# SPDX-License-Identifier: ISC
#
# Guests with a whole C library (scripts/libc): one of ours, and programs that others wrote,
# as Debian has their source (scripts/debian-source). `make libc` fetches both and builds the
# library, once; from then on the guests are part of what a plain make builds.

LIBC_aarch64 := picolibc
LIBC_x86_64 := newlib
LIBC_GLUE := $(addprefix obj/guest/tests/libc/,glue.o files.o glue_$(LIBC_$(GUEST_ARCH)).o)

# A program of others is PACKAGE_PROGRAM. Of its library it has what it needs.
LIBC_PACKAGES := mbedtls zlib
LIBC_GUESTS := libc mbedtls_selftest zlib_example zlib_infcover

MBEDTLS := aes aesni arc4 asn1parse asn1write base64 bignum blowfish camellia ccm certs \
    chacha20 chachapoly cipher cipher_wrap constant_time ctr_drbg des dhm ecdsa ecp \
    ecp_curves entropy gcm hmac_drbg md md5 oid pem pk pk_wrap pkcs12 pkcs5 pkparse \
    platform_util poly1305 ripemd160 rsa rsa_internal sha1 sha256 sha512 x509 \
    x509_crt xtea
ZLIB := adler32 compress crc32 deflate gzclose gzlib gzread gzwrite infback inffast inflate \
    inftrees trees uncompr zutil

libc_source = $(patsubst %,obj/guest/source/%.o,$(1))
LIBC_OBJ_libc := obj/guest/tests/libc/libc.o
LIBC_OBJ_mbedtls_selftest := obj/guest/tests/libc/mbedtls.o \
    $(call libc_source,mbedtls/programs/test/selftest $(MBEDTLS:%=mbedtls/library/%))
LIBC_OBJ_zlib_example := $(call libc_source,zlib/test/example $(ZLIB:%=zlib/%))
LIBC_OBJ_zlib_infcover := $(call libc_source,zlib/test/infcover $(ZLIB:%=zlib/%))

obj/guest/source/zlib/%.o: GUEST_EXTRA = -I obj/source/zlib -DHAVE_UNISTD_H
obj/guest/source/mbedtls/%.o obj/guest/tests/libc/mbedtls.o: GUEST_EXTRA = \
    -I obj/source/mbedtls/include -I $(S)/tests/libc \
    -DMBEDTLS_USER_CONFIG_FILE='<mbedtls_config.h>'

ifndef CONFIG_DISABLE_ELFTOOL
# $(1): guests
libc_images = $(foreach t,hvt spt,$(1:%=tests/out/%.$(t)))

.PHONY: libc
libc: $(call libc_images,$(LIBC_GUESTS))

# A guest's first word names what must have been fetched for it.
ifneq ($(wildcard obj/libc/lib/libc.a),)
LIBC_FETCHED := libc $(patsubst obj/source/%/.,%,$(wildcard $(LIBC_PACKAGES:%=obj/source/%/.)))
ALL += $(call libc_images,$(foreach g,$(LIBC_GUESTS),\
    $(if $(filter $(LIBC_FETCHED),$(firstword $(subst _, ,$(g)))),$(g))))
endif

# Within obj, so that `make clean` forgets it; the cache has it.
obj/libc/lib/libc.a: | $(TOOLCHAIN) $(TOOLCHAIN_INCLUDE)
	$(call say,LIBC,$(LIBC_$(GUEST_ARCH)))dir=$$($(S)/scripts/libc \
	    --cc "$(CURDIR)/$(TARGET_CC_WRAPPER)" $(GUEST_ARCH)) && ln -sfn "$$dir" obj/libc

# The library's headers behind the compiler's own, whose limits.h looks for another. newlib's
# must find stdout where scripts/libc makes the library look for it.
LIBC_CFLAGS_newlib := -D__DYNAMIC_REENT__
LIBC_CFLAGS := -std=gnu11 -O2 -fno-builtin -isystem obj/libc/include \
    $(LIBC_CFLAGS_$(LIBC_$(GUEST_ARCH)))

obj/guest/tests/libc/%.o: GUEST_CFLAGS = $(LIBC_CFLAGS) -g -Wall -Wextra $(CONFIG_WERROR)
$(LIBC_GLUE) $(LIBC_OBJ_libc): | obj/libc/lib/libc.a
obj/guest/tests/libc/mbedtls.o: | obj/libc/lib/libc.a obj/source/mbedtls

# Its warnings are for those who wrote it. Flags are set here.
obj/guest/source/%.o: $(S)/tests/libc/build.mk Makeconf $(TARGET_CC_WRAPPER)
	@mkdir -p $(@D)
	$(call say,CC,$(patsubst obj/guest/%,%,$@) (guest))$(TARGET_CC_WRAPPER) $(LIBC_CFLAGS) -w \
	    $(GUEST_EXTRA) -MMD -MP -c -o $@ obj/source/$*.c

# $(1): package
define libc_package
$(filter obj/guest/source/$(1)/%,$(sort $(foreach g,$(LIBC_GUESTS),$(LIBC_OBJ_$(g))))): \
    | obj/libc/lib/libc.a obj/source/$(1)
endef
$(foreach p,$(LIBC_PACKAGES),$(eval $(call libc_package,$(p))))

# What library OSes have for their link: archives in a group with the compiler's own, and the
# manifest in an archive. newlib's memcpy.S forgot to say that no stack is executable.
obj/guest/tests/libc/libmanifest.a: obj/guest/tests/libc/libc.manifest.o
	@rm -f $@
	$(call say,AR,$@)$(TARGET_AR) rc $@ $<

# $(1): guest, $(2): target
define libc_rule
tests/out/$(1).$(2): $(LIBC_OBJ_$(1)) $(LIBC_GLUE) obj/guest/tests/libc/libmanifest.a $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(2) -z noexecstack \
	    -u __solo5_mft1_note -o $$@ \
	    $$(filter %.o,$$(filter obj/guest/%,$$^)) -L obj/libc/lib -L obj/guest/tests/libc \
	    -Wl,--start-group -l manifest -l c -l m -l gcc -Wl,--end-group
endef
$(foreach t,hvt spt,$(foreach g,$(LIBC_GUESTS),$(eval $(call libc_rule,$(g),$(t)))))
endif
