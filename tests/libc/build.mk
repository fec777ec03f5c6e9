# SPDX-License-Identifier: ISC
#
# A guest with a whole C library (scripts/libc). `make libc` fetches or builds the library
# once; from then on the guest is part of what a plain make builds.

LIBC_aarch64 := picolibc
LIBC_x86_64 := newlib
LIBC_GLUE := $(addprefix obj/guest/tests/libc/,libc.o glue.o files.o glue_$(LIBC_$(GUEST_ARCH)).o)
LIBC_IMAGES := tests/out/libc.hvt tests/out/libc.spt

ifndef CONFIG_DISABLE_ELFTOOL
.PHONY: libc
libc: $(LIBC_IMAGES)

ifneq ($(wildcard obj/libc/lib/libc.a),)
ALL += $(LIBC_IMAGES)
endif

# Within obj, so that `make clean` forgets it; the cache has it.
obj/libc/lib/libc.a: | $(TOOLCHAIN) $(TOOLCHAIN_INCLUDE)
	$(call say,LIBC,$(LIBC_$(GUEST_ARCH)))dir=$$($(S)/scripts/libc \
	    --cc "$(CURDIR)/$(TARGET_CC_WRAPPER)" $(GUEST_ARCH)) && ln -sfn "$$dir" obj/libc

# The library's headers behind the compiler's own, whose limits.h looks for another. newlib's
# must find stdout where scripts/libc makes the library look for it.
LIBC_CFLAGS_newlib := -D__DYNAMIC_REENT__
obj/guest/tests/libc/%.o: GUEST_CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra $(CONFIG_WERROR) \
    -fno-builtin -isystem obj/libc/include $(LIBC_CFLAGS_$(LIBC_$(GUEST_ARCH)))
$(LIBC_GLUE): | obj/libc/lib/libc.a

# What library OSes have for their link: archives in a group with the compiler's own, and the
# manifest in an archive. newlib's memcpy.S forgot to say that no stack is executable.
obj/guest/tests/libc/libmanifest.a: obj/guest/tests/libc/libc.manifest.o
	@rm -f $@
	$(call say,AR,$@)$(TARGET_AR) rc $@ $<

# $(1): target
define libc_rule
tests/out/libc.$(1): $(LIBC_GLUE) obj/guest/tests/libc/libmanifest.a $(TOOLCHAIN)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$(TARGET_CC_WRAPPER) -z solo5-abi=$(1) -z noexecstack \
	    -u __solo5_mft1_note -o $$@ \
	    $$(filter %.o,$$(filter obj/guest/%,$$^)) -L obj/libc/lib -L obj/guest/tests/libc \
	    -Wl,--start-group -l manifest -l c -l m -l gcc -Wl,--end-group
endef
$(foreach t,hvt spt,$(eval $(call libc_rule,$(t))))
endif
