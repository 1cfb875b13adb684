// The parts of the Seatbelt policy that are the same for every profile.

/**
 * Nothing but what a program needs to run at all: its own processes, a terminal, the machine's description, and the
 * few services without which the C library cannot look up a user. Reads, writes and the network are added by profile.
 */
export const policyBase = `(version 1)
(deny default)

; processes: its own and those it starts
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))

; devices that hold nothing
(allow file-write-data (require-all (path "/dev/null") (vnode-type CHARACTER-DEVICE)))
(allow file-write-data (require-all (path "/dev/zero") (vnode-type CHARACTER-DEVICE)))

; terminals: making new ones, and using the one the command was given
(allow pseudo-tty)
(allow file-read* file-write* file-ioctl (literal "/dev/ptmx") (literal "/dev/tty"))
(allow file-read* file-write* (require-all (regex #"^/dev/ttys[0-9]+") (extension "com.apple.sandbox.pty")))
(allow file-ioctl (regex #"^/dev/ttys[0-9]+"))

; what the machine is
(allow sysctl-read (sysctl-name-prefix "hw.") (sysctl-name-prefix "kern.") (sysctl-name-prefix "machdep.cpu.") (sysctl-name-prefix "vm."))
(allow sysctl-write (sysctl-name "kern.grade_cputype"))
(allow iokit-open (iokit-registry-entry-class "RootDomainUserClient"))

; services: users and groups, power state, preferences
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.PowerManagement.control")
  (global-name "com.apple.cfprefsd.agent")
  (global-name "com.apple.cfprefsd.daemon"))
(allow ipc-posix-shm-read* (ipc-posix-name-prefix "apple.cfprefs."))
(allow user-preference-read)

; semaphores and shared memory of numeric runtimes
(allow ipc-posix-sem)
(allow ipc-posix-shm-read-data ipc-posix-shm-write-create ipc-posix-shm-write-unlink (ipc-posix-name-regex #"^/__KMP_REGISTERED_LIB_[0-9]+$"))`;

/** The whole network, with the services that names and certificates are looked up through. */
export const policyNetwork = `; the network, and how names and certificates are looked up
(allow network-outbound)
(allow network-inbound)
(allow network-bind)
(allow system-socket (require-all (socket-domain AF_SYSTEM) (socket-protocol 2)))
(allow mach-lookup
  (global-name "com.apple.bsd.dirhelper")
  (global-name "com.apple.system.opendirectoryd.membership")
  (global-name "com.apple.SecurityServer")
  (global-name "com.apple.networkd")
  (global-name "com.apple.ocspd")
  (global-name "com.apple.trustd.agent")
  (global-name "com.apple.SystemConfiguration.DNSConfiguration")
  (global-name "com.apple.SystemConfiguration.configd"))
(allow sysctl-read (sysctl-name-regex #"^net.routetable"))`;

/**
 * What a program of this system needs to start where not everything is readable: the loader and its shared cache,
 * the programs and libraries of the system, its settings, and the devices that hold nothing. Closing comes later.
 */
export const policyMinimalReads = `; reads: what a program needs to start
(deny process-exec)
(allow file-read* (literal "/") (literal "/dev") (subpath "/dev/fd")
  (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") (literal "/dev/urandom")
  (literal "/dev/autofs_nowait") (literal "/dev/dtracehelper"))
(allow file-read-metadata
  (literal "/etc") (literal "/tmp") (literal "/var") (literal "/private") (literal "/private/var")
  (literal "/usr") (literal "/System") (literal "/System/Volumes") (literal "/System/Volumes/Preboot") (literal "/Library"))
(allow file-read* file-map-executable process-exec
  (subpath "/bin") (subpath "/sbin") (subpath "/usr/bin") (subpath "/usr/sbin") (subpath "/usr/libexec")
  (subpath "/usr/lib") (subpath "/System/Library") (subpath "/System/Cryptexes")
  (subpath "/System/Volumes/Preboot/Cryptexes") (subpath "/Library/Apple"))
(allow file-read*
  (subpath "/usr/share") (subpath "/private/etc") (subpath "/private/var/db/dyld")
  (subpath "/private/var/db/timezone") (subpath "/private/var/select"))`;
