# Functions for tests of Debian's packages, in a root directory with a dpkg
# database of its own. To be sourced, after common.bash.

root=$tmp/root
arch=$(dpkg --print-architecture)
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
as_root=()
[ "$(id -u)" = 0 ] || as_root=(fakeroot)
mkdir -p "$tmp/stubs" "$root"/var/lib/dpkg/{info,updates} "$tmp/apt.log" \
    "$root"/var/{lib,cache}/apt/{lists,archives}/partial
touch "$root"/var/lib/dpkg/{status,available}

# Includes files that the machine's configuration excludes, such as documents.
in_root()
{
    "${as_root[@]}" dpkg --root="$root" --force-unsafe-io \
        --path-include='/usr/*' "$@"
}

# Only what apt would do: a line for each package, `Inst NAME` or `Remv NAME`.
apt_in_root()
{
    local said
    said=$(apt-get -s -o Dir="$root" \
        -o Dir::State::status="$root/var/lib/dpkg/status" \
        -o Dir::Etc="$root/none" -o APT::Architecture="$arch" \
        -o APT::Architectures::="$arch" \
        $(in_root --print-foreign-architectures |
            sed 's/^/-o APT::Architectures::=/') \
        -o Dir::Log="$tmp/apt.log" -o Debug::NoLocking=1 "$@") || return
    sed -nE 's/^(Inst|Remv) ([^ ]*) .*/\1 \2/p' <<<"$said" | LC_ALL=C sort
}

# Names of the packages in the root, in order, without versions.
installed()
{
    in_root --get-selections | sed -n 's/[:\t].*install$//p' | LC_ALL=C sort
}

# The files of a package, documents aside.
files_of()
{
    in_root -L "$1" | while read -r file; do
        [ -d "$root$file" ] && [ ! -L "$root$file" ] || echo "${file#/}"
    done | grep -vE '^usr/share/(doc|lintian)/' | LC_ALL=C sort
}

pack() { dpkg-deb --root-owner-group -Znone -b "$@"; }

# stub NAME VERSION FIELD...: a package with nothing in it but a name, as
# $tmp/stubs/NAME.deb.
stub()
{
    local dir=$tmp/made/$1
    rm -rf "$dir" && mkdir -p "$dir/DEBIAN" "$dir/stub" &&
        touch "$dir/stub/$1" && {
        printf '%s\n' "Package: $1" "Version: $2" 'Maintainer: nobody' \
            'Description: a stub' "${@:3}"
        case $* in *Architecture:*) ;; *) echo "Architecture: $arch" ;; esac
    } >"$dir/DEBIAN/control" && pack "$dir" "$tmp/stubs/$1.deb"
}

# repacked NAME: a package of this machine, likewise.
repacked()
{
    local dir=$tmp/made/$1 file
    mkdir -p "$dir/DEBIAN" && dpkg -L "$1" | while read -r file; do
        [ -d "$file" ] && [ ! -L "$file" ] || [ ! -e "$file" ] ||
            cp -a --parents "$file" "$dir"
    done && dpkg-query -s "$1" | grep -v '^Status:' >"$dir/DEBIAN/control" &&
        pack "$dir" "$tmp/stubs/$1.deb"
}

# foreign ARCH TRIPLET FILE...: the packages, as if of another architecture.
foreign()
{
    local file dir=$tmp/made/foreign other=$1 there=$2
    shift 2
    mkdir -p "$tmp/foreign"
    for file; do
        rm -rf "$dir" && dpkg-deb -R "$file" "$dir" &&
            sed -i "s/^Architecture: .*/Architecture: $other/
                s/:$arch\>/:$other/g" "$dir/DEBIAN/control" &&
            mv "$dir/usr/lib/$triplet" "$dir/usr/lib/$there" &&
            { [ ! -e "$dir/DEBIAN/md5sums" ] ||
                sed -i "s/$triplet/$there/" "$dir/DEBIAN/md5sums"; } &&
            pack "$dir" "$tmp/foreign" || return
    done
}
