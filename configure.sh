#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Find the compilers and libraries, write Makeconf (for make) and Makeconf.sh
# (for scripts) into the current folder. Run from another folder, it makes that
# one a build folder of its own.
set -eu

srcdir=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

die() {
    echo "configure.sh: $*" >&2
    exit 1
}

usage() {
    cat <<USAGE
Usage: configure.sh [--prefix=DIR] [--static[=musl]] [--disable-toolchain]
                    [--disable-elftool]

Configures a build in the current folder. Then: make, make install.

  --prefix=DIR         where make install puts things (default /usr/local)
  --static             link the tenders with all they need (static-pie): they
                       start faster and have less memory, the files are larger
  --static=musl        the same with musl in place of the compiler's C library:
                       smaller, and faster still (Debian: musl-dev)
  --disable-toolchain  build the tenders and tools, not the bindings and the
                       compiler wrappers
  --disable-elftool    don't build solo5-elftool
  --help               this text

Environment (default):
  HOST_CC (cc), HOST_AR (ar), HOST_PKG_CONFIG (pkg-config)
      for the tenders and tools
  HOST_MUSL (/usr)
      the folder with include/CPU-linux-musl and lib/CPU-linux-musl
  TARGET_CC (cc), TARGET_LD (ld), TARGET_OBJCOPY (objcopy)
      for the bindings and images; a cross set gives a cross toolchain
  BUILD_CC (cc), BUILD_PKG_CONFIG (pkg-config)
      for programs that run during the build, when HOST_CC is a cross compiler
USAGE
}

prefix=/usr/local
toolchain=1
elftool=1
static=
musl=
for arg; do
    case $arg in
    --prefix=?*) prefix=${arg#--prefix=} ;;
    --disable-toolchain | --only-tools) toolchain= ;;
    --disable-elftool) elftool= ;;
    --static) static=1 musl= ;;
    --static=musl) static=1 musl=1 ;;
    --help)
        usage
        exit 1
        ;;
    *) die "unknown option: $arg. See --help." ;;
    esac
done

HOST_CC=${HOST_CC:-cc}
HOST_AR=${HOST_AR:-ar}
HOST_PKG_CONFIG=${HOST_PKG_CONFIG:-pkg-config}
HOST_MUSL=${HOST_MUSL:-/usr}
TARGET_CC=${TARGET_CC:-cc}
TARGET_LD=${TARGET_LD:-ld}
TARGET_OBJCOPY=${TARGET_OBJCOPY:-objcopy}
BUILD_CC=${BUILD_CC:-cc}
BUILD_PKG_CONFIG=${BUILD_PKG_CONFIG:-pkg-config}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

need() { # need COMMAND WHAT
    command -v "${1%% *}" >/dev/null || die "$1 not found ($2)"
}

# The compiler's family and whether it is new enough for C11 as we use it.
cc_check() { # cc_check CC
    macros=$($1 -dM -E - </dev/null) || die "$1 does not work"
    value() { printf '%s\n' "$macros" | sed -n "s/^#define $1 //p"; }
    if [ -n "$(value __clang__)" ]; then
        [ "$(value __clang_major__)" -ge 10 ] || die "$1: Clang 10 or later is needed"
        echo clang
    elif [ -n "$(value __GNUC__)" ]; then
        [ "$(value __GNUC__)" -ge 9 ] || die "$1: GCC 9 or later is needed"
        echo gcc
    else
        die "$1: not GCC or Clang"
    fi
}

arch_of() { # arch_of CC
    case $($1 -dumpmachine) in
    x86_64-*) echo x86_64 ;;
    aarch64-*) echo aarch64 ;;
    *) die "$1: unsupported machine $($1 -dumpmachine)" ;;
    esac
}

os_of() { # os_of CC
    case $($1 -dumpmachine) in
    *-linux*) echo Linux ;;
    *) die "$1: only Linux hosts are supported, not $($1 -dumpmachine)" ;;
    esac
}

need "$HOST_CC" HOST_CC
need "$HOST_AR" HOST_AR
need "$HOST_PKG_CONFIG" HOST_PKG_CONFIG
host_cc_kind=$(cc_check "$HOST_CC") || exit 1
host_arch=$(arch_of "$HOST_CC") || exit 1
host_os=$(os_of "$HOST_CC") || exit 1

lib() { # lib PKG-CONFIG MODULE PACKAGE KEY: sets KEY_CFLAGS and KEY_LIBS
    $1 --exists "$2" || die "$2 not found by $1 (Debian: $3)"
    eval "$4_CFLAGS=\$($1 --cflags $2) $4_LIBS=\$($1 --libs $2)"
}

# A compiler for glibc needs to be told all about musl. That has none of the kernel's headers, and
# with the folder that they are in it would get glibc's: so they are linked to from another one.
musl_cflags='' musl_first='' musl_last='' kernel_headers=''
find_musl() {
    musl_lib=$HOST_MUSL/lib/$host_arch-linux-musl
    musl_include=$HOST_MUSL/include/$host_arch-linux-musl
    [ -e "$musl_lib/rcrt1.o" ] ||
        die "--static=musl: no musl for $host_arch in $HOST_MUSL (Debian: musl-dev; elsewhere set HOST_MUSL)"
    crt() { $HOST_CC -print-file-name="$1"; }
    musl_cflags="-nostdinc -isystem $musl_include -isystem $(crt include)"
    musl_first="$musl_lib/rcrt1.o $musl_lib/crti.o $(crt crtbeginS.o)"
    musl_last="$musl_lib/libc.a $($HOST_CC -print-libgcc-file-name) $(crt crtendS.o) $musl_lib/crtn.o"
    # asm/ is elsewhere where there can be several CPUs' headers.
    kernel_headers=$(echo '#include <linux/kvm.h>' | $HOST_CC -M -x c - 2>/dev/null | tr ' ' '\n' |
        sed -n 's,/kvm\.h$,,p; s,\(/asm-generic\)/types\.h$,\1,p' | tr '\n' ' ')
    [ -n "$kernel_headers" ] ||
        die "--static=musl: $HOST_CC finds no <linux/kvm.h> (Debian: linux-libc-dev)"
}

if [ -n "$static" ]; then
    echo 'int main(void){return 0;}' >"$tmp/static.c"
    static_flags=
    # shellcheck disable=SC2086 # lists of words
    if [ -n "$musl" ]; then
        find_musl
        mkdir "$tmp/kernel"
        ln -s $kernel_headers "$tmp/kernel"
        printf '#include <%s>\n' linux/kvm.h unistd.h >>"$tmp/static.c"
        static_flags="$musl_cflags -isystem $tmp/kernel -nostdlib"
    fi
    # shellcheck disable=SC2086
    $HOST_CC -fPIE $static_flags -static-pie -o "$tmp/static" $musl_first "$tmp/static.c" $musl_last 2>/dev/null ||
        die "--static${musl:+=musl}: $HOST_CC does not link programs of this kind (-static-pie)"
fi

cross_host=
JANSSON_CFLAGS='' JANSSON_LIBS='' BUILD_JANSSON_CFLAGS='' BUILD_JANSSON_LIBS=''
if [ -n "$elftool" ]; then
    lib "$HOST_PKG_CONFIG" jansson libjansson-dev JANSSON
fi
# Manifests are made during the build: by a solo5-elftool that runs here.
if [ "$($HOST_CC -dumpmachine)" != "$($BUILD_CC -dumpmachine 2>/dev/null)" ] &&
    [ "$host_arch" != "$(uname -m)" ]; then
    cross_host=1
    need "$BUILD_CC" BUILD_CC
    if [ -n "$elftool" ]; then
        lib "$BUILD_PKG_CONFIG" jansson libjansson-dev BUILD_JANSSON
    fi
fi

target_arch=$host_arch
if [ -n "$toolchain" ]; then
    need "$TARGET_CC" TARGET_CC
    need "$TARGET_LD" TARGET_LD
    need "$TARGET_OBJCOPY" TARGET_OBJCOPY
    target_cc_kind=$(cc_check "$TARGET_CC") || exit 1
    target_arch=$(arch_of "$TARGET_CC") || exit 1
    target_triple=$target_arch-solo5-none-static

    # One object with chosen globals is how the bindings stay out of the
    # application's name space.
    echo 'int keep_me; int hide_me;' >"$tmp/o.c"
    $TARGET_CC -c -o "$tmp/o.o" "$tmp/o.c"
    $TARGET_OBJCOPY -w -G 'keep_*' "$tmp/o.o" "$tmp/o2.o" 2>/dev/null ||
        die "$TARGET_OBJCOPY does not work on what $TARGET_CC makes, or lacks -w -G"
    $TARGET_LD -r -o "$tmp/o3.o" "$tmp/o2.o" 2>/dev/null ||
        die "$TARGET_LD does not link what $TARGET_CC makes"

    # The flags of the wrappers and of our own bindings alike.
    case $target_cc_kind in
    gcc) target_cflags=-nostdinc ;;
    clang) target_cflags='-nostdlibinc -Wno-unused-command-line-argument' ;;
    esac
    if [ "$target_arch" = x86_64 ]; then
        target_cflags="$target_cflags -mstack-protector-guard=global"
    fi
    target_ldflags='-Wl,--build-id=none -no-pie'
    if [ "$target_cc_kind" = clang ]; then
        target_ldflags="$target_ldflags -fuse-ld=$(command -v "$TARGET_LD")"
    fi
    # The largest page a host of this CPU can have: segments must not share one.
    case $target_arch in
    aarch64) target_page=0x10000 ;;
    x86_64) target_page=0x1000 ;;
    esac
fi

# Warnings are errors for those who work on the code, not for those who get it.
werror=
[ -e "$srcdir/.git" ] && werror=-Werror

{
    cat <<CONF
CONFIG_SRCDIR=$srcdir
CONFIG_PREFIX=$prefix
CONFIG_WERROR=$werror
CONFIG_DISABLE_ELFTOOL=$([ -n "$elftool" ] || echo 1)
CONFIG_HOST_ARCH=$host_arch
CONFIG_HOST=$host_os
CONFIG_HOST_CC=$HOST_CC
CONFIG_HOST_CC_KIND=$host_cc_kind
CONFIG_HOST_AR=$HOST_AR
CONFIG_HOST_PKG_CONFIG=$HOST_PKG_CONFIG
CONFIG_HOST_IS_CROSS=$cross_host
CONFIG_HOST_STATIC=$static
CONFIG_HOST_MUSL=$musl
CONFIG_HOST_MUSL_CFLAGS=$musl_cflags
CONFIG_HOST_MUSL_FIRST=$musl_first
CONFIG_HOST_MUSL_LAST=$musl_last
CONFIG_HOST_KERNEL_HEADERS=$kernel_headers
CONFIG_BUILD_CC=$BUILD_CC
CONFIG_BUILD_JANSSON_CFLAGS=$BUILD_JANSSON_CFLAGS
CONFIG_BUILD_JANSSON_LDLIBS=$BUILD_JANSSON_LIBS
CONFIG_HOST_JANSSON_CFLAGS=$JANSSON_CFLAGS
CONFIG_HOST_JANSSON_LDLIBS=$JANSSON_LIBS
CONFIG_HVT=1
CONFIG_HVT_TENDER_ENABLE_CAPSICUM=
CONFIG_HVT_TENDER=1
CONFIG_SPT=1
CONFIG_SPT_TENDER=1
CONFIG_SPT_TENDER_NO_PIE=
CONFIG_SPT_TENDER_LIBSECCOMP_CFLAGS=
CONFIG_SPT_TENDER_LIBSECCOMP_LDLIBS=
CONFIG_VIRTIO=
CONFIG_MUEN=
CONFIG_XEN=
CONF
    if [ -n "$toolchain" ]; then
        cat <<CONF
CONFIG_TARGET_ARCH=$target_arch
CONFIG_TARGET_TRIPLE=$target_triple
CONFIG_TARGET_CC=$TARGET_CC
CONFIG_TARGET_CC_KIND=$target_cc_kind
CONFIG_TARGET_CC_CFLAGS=$target_cflags
CONFIG_TARGET_CC_LDFLAGS=$target_ldflags
CONFIG_TARGET_CC_IS_OPENBSD=
CONFIG_TARGET_LD=$TARGET_LD
CONFIG_TARGET_LD_LDFLAGS=
CONFIG_TARGET_LD_MAX_PAGE_SIZE=$target_page
CONFIG_TARGET_OBJCOPY=$TARGET_OBJCOPY
CONF
    else
        echo CONFIG_DISABLE_TOOLCHAIN=1
    fi
} >"$tmp/Makeconf"

# The same for a shell: values in single quotes.
sed "s/'/'\\\\''/g; s/^\([A-Z_]*\)=\(.*\)\$/\1='\2'/" "$tmp/Makeconf" >"$tmp/Makeconf.sh"

mv "$tmp/Makeconf" "$tmp/Makeconf.sh" .
if [ "$(pwd -P)" != "$(cd -- "$srcdir" && pwd -P)" ]; then
    printf 'include Makeconf\ninclude $(CONFIG_SRCDIR)/Makefile.common\n' >GNUmakefile
fi
echo "Configured for $host_arch tenders ($HOST_CC)$(
    [ -z "$toolchain" ] || echo " and $target_arch images ($TARGET_CC)"), prefix $prefix. Next: make"
