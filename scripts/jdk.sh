# Sets JAVA_HOME to a JDK 25 or newer. Sourced by ./mvnw and ./millrace.
#
# Looked at in turn: JAVA_HOME, the folders where systems, sdkman, asdf and mise keep JDKs, the java on the PATH, and
# our own copy in $MILLRACE_HOME/jdk. Where none is new enough, Temurin is fetched into that folder and checked.

MILLRACE_JDK_RELEASE=25

# Prints the feature release of the JDK in folder $1 (25 for 25.0.3), or nothing where it holds no JDK.
jdk_release() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

jdk_is_new_enough() {
  local release
  release=$(jdk_release "$1")
  [ -n "$release" ] && [ "$release" -ge "$MILLRACE_JDK_RELEASE" ]
}

find_jdk() {
  local home java
  java=$(command -v java 2>/dev/null) && java=$(readlink -f "$java")
  for home in "${JAVA_HOME:-}" \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* "${ASDF_DATA_DIR:-$HOME/.asdf}"/installs/java/* \
    "$HOME"/.local/share/mise/installs/java/* "$HOME"/.jdks/* "${java%/bin/java}" \
    "${MILLRACE_HOME:-$HOME/.millrace}"/jdk/*; do
    if [ -n "$home" ] && jdk_is_new_enough "$home"; then
      JAVA_HOME=$home
      return 0
    fi
  done
  return 1
}

# Fetches Temurin from Adoptium's API, which names the file and its SHA-256. Leaves nothing behind when it fails.
fetch_jdk() {
  local os arch target work listing link sum actual
  case "$(uname -s)" in Linux) os=linux ;; Darwin) os=mac ;; *) return 1 ;; esac
  case "$(uname -m)" in x86_64 | amd64) arch=x64 ;; aarch64 | arm64) arch=aarch64 ;; *) return 1 ;; esac
  command -v curl >/dev/null 2>&1 || return 1
  target="${MILLRACE_HOME:-$HOME/.millrace}/jdk"
  listing=$(curl -fsSL --connect-timeout 10 --max-time 60 \
    "https://api.adoptium.net/v3/assets/latest/$MILLRACE_JDK_RELEASE/hotspot?os=$os&architecture=$arch&image_type=jdk" 2>/dev/null) || return 1
  # of the two packages in the answer (archive, installer) the archive is the one that ends in .tar.gz
  link=$(printf '%s' "$listing" | tr ',{}' '\n\n\n' | sed -n 's/.*"link": *"\([^"]*\.tar\.gz\)".*/\1/p' | head -n 1)
  sum=$(printf '%s' "$listing" | tr -d '\n' | sed -n 's/.*"checksum": *"\([0-9a-f]\{64\}\)"[^}]*\.tar\.gz".*/\1/p' | head -n 1)
  [ -n "$link" ] && [ -n "$sum" ] || return 1
  mkdir -p "$target" || return 1
  work=$(mktemp -d "$target/.fetch.XXXXXX") || return 1
  echo "No JDK $MILLRACE_JDK_RELEASE found: fetching Temurin $MILLRACE_JDK_RELEASE into $target" >&2
  if curl -fL --progress-bar --connect-timeout 10 --retry 3 -o "$work/jdk.tar.gz" "$link" >&2; then
    actual=$( (sha256sum "$work/jdk.tar.gz" 2>/dev/null || shasum -a 256 "$work/jdk.tar.gz") | cut -d' ' -f1)
    if [ "$actual" != "$sum" ]; then
      echo "The fetched JDK has SHA-256 $actual, expected $sum: discarded." >&2
    elif tar -xzf "$work/jdk.tar.gz" -C "$work"; then
      rm "$work/jdk.tar.gz"
      for home in "$work"/*/Contents/Home "$work"/*; do
        if jdk_is_new_enough "$home"; then
          rm -rf "$target/temurin-$MILLRACE_JDK_RELEASE"
          mv "$home" "$target/temurin-$MILLRACE_JDK_RELEASE"
          rm -rf "$work"
          JAVA_HOME="$target/temurin-$MILLRACE_JDK_RELEASE"
          return 0
        fi
      done
    fi
  fi
  rm -rf "$work"
  return 1
}

require_jdk() {
  if ! find_jdk && ! fetch_jdk; then
    echo "Millrace needs a JDK $MILLRACE_JDK_RELEASE or newer: install one (for example Temurin $MILLRACE_JDK_RELEASE) and set JAVA_HOME to it." >&2
    exit 1
  fi
  export JAVA_HOME
}
