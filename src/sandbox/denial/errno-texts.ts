// In which words programs say why the system refused them.

/** What a refusal says. `cannot_open` and the last ones name no errno, so they count for less. */
export type RefusalKind =
  | 'missing'
  | 'already_there'
  | 'read_only'
  | 'busy'
  | 'no_permission'
  | 'not_permitted'
  | 'unreachable'
  | 'unresolved'
  | 'refused'
  | 'cannot_connect'
  | 'no_new_privileges'
  | 'must_be_root'
  | 'bad_system_call'
  | 'refused_by_proxy'
  | 'cannot_open';

export interface RefusalText {
  readonly kind: RefusalKind;
  readonly text: string;
  /**
   * Stands anywhere in a line, a code as a word of its own. Texts without this follow a colon, a bracket or nothing,
   * as the C library's texts do.
   */
  readonly isTelling?: true;
  readonly isCode?: true;
}

const telling = (kind: RefusalKind, texts: readonly string[]): RefusalText[] =>
  texts.map((text) => ({ kind, text, isTelling: true }));

const codes = (kind: RefusalKind, texts: readonly string[]): RefusalText[] =>
  texts.map((text) => ({ kind, text, isTelling: true, isCode: true }));

/** A code as a field of a record that was printed, which a flood can be searched for. */
const fields = (kind: RefusalKind, code: string): RefusalText[] =>
  codes(kind, [`"code":"${code}`, `"code": "${code}`, `code: '${code}`]);

const errno = (kind: RefusalKind, texts: readonly string[]): RefusalText[] => texts.map((text) => ({ kind, text }));

/** English first, then German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Japanese, Chinese, Korean. */
export const refusalTexts: readonly RefusalText[] = [
  ...errno('read_only', [
    'Read-only file system',
    'Das Dateisystem ist nur lesbar',
    'Système de fichiers accessible en lecture seulement',
    'Sistema de ficheros de sólo lectura',
    'File system in sola lettura',
    'Sistema de arquivos somente para leitura',
    'Bestandssysteem is alleen-lezen',
    'System plików wyłącznie do odczytu',
    'Файловая система доступна только для чтения',
    '読み込み専用ファイルシステムです',
    '只读文件系统',
    '읽기전용 파일 시스템',
  ]),
  ...errno('busy', [
    'Device or resource busy',
    'Das Gerät oder die Ressource ist belegt',
    'Périphérique ou ressource occupé',
  ]),
  ...errno('no_permission', [
    'Permission denied',
    'Keine Berechtigung',
    'Permission non accordée',
    'Permiso denegado',
    'Permesso negato',
    'Permissão negada',
    'Toegang geweigerd',
    'Brak dostępu',
    'Отказано в доступе',
    '許可がありません',
    '权限不够',
    '허가 거부',
  ]),
  ...errno('not_permitted', [
    'Operation not permitted',
    'Die Operation ist nicht erlaubt',
    'Opération non permise',
    'Operación no permitida',
    'Operazione non permessa',
    'Operação não permitida',
    'Actie is niet toegestaan',
    'Operacja niedozwolona',
    'Операция не позволена',
    '許可されていない操作です',
    '不允许的操作',
    '명령을 허용하지 않음',
  ]),
  ...telling('not_permitted', ["Can't create UNIX socket (1)"]),
  ...errno('unreachable', [
    'Network is unreachable',
    'Das Netzwerk ist nicht erreichbar',
    "Le réseau n'est pas accessible",
    'La red es inaccesible',
    'La rete non è raggiungibile',
    'A rede está fora de alcance',
    'Netwerk is onbereikbaar',
    'Sieć jest niedostępna',
    'Сеть недоступна',
    'ネットワークに届きません',
    '网络不可达',
    '네트워크가 접근 불가능합니다',
  ]),
  ...errno('unresolved', [
    'Temporary failure in name resolution',
    'Temporärer Fehler bei der Namensauflösung',
    'Échec temporaire dans la résolution du nom',
    'Fallo temporal en la resolución del nombre',
    'Errore temporaneo nella risoluzione del nome',
    'Falha temporário na resolução de nome',
    'Tijdelijk probleem in naamsherleiding',
    'Odwzorowanie nazwy jest chwilowo niemożliwe',
    'Временный сбой в разрешении имен',
    '名前解決に一時的に失敗しました',
    '域名解析暂时失败',
    'name resolution에서 일시적인 실패',
    'Name or service not known',
    'nodename nor servname provided',
  ]),
  ...telling('unresolved', [
    'getaddrinfo ENOTFOUND',
    'Could not resolve host',
    'Could not resolve proxy',
    'unable to resolve host address',
    'Temporary failure resolving',
    'failed to lookup address information',
    'server misbehaving',
    "bad address '",
  ]),
  ...errno('refused', ['Connection refused', 'Verbindungsaufbau abgelehnt', 'Connexion refusée', 'Conexión rehusada']),
  ...telling('cannot_connect', ['Failed to connect to']),
  ...telling('no_new_privileges', ['"no new privileges" flag is set']),
  ...telling('must_be_root', ['you must be root', 'must be superuser']),
  ...telling('refused_by_proxy', [
    'CONNECT tunnel failed, response 403',
    'Received HTTP code 403 from proxy after CONNECT',
    'tunneling socket could not be established, statusCode=403',
    'Proxy CONNECT aborted',
    'Proxy tunneling failed: Forbidden',
    'Tunnel connection failed: 403',
    'ERR_TUNNEL',
  ]),
  ...errno('bad_system_call', ['Bad system call']),
  ...telling('cannot_open', [
    'unable to open database file',
    'attempt to write a readonly database',
    "Can't open file for writing",
  ]),
  ...fields('read_only', 'EROFS'),
  ...fields('no_permission', 'EACCES'),
  ...fields('not_permitted', 'EPERM'),
  ...telling('not_permitted', ['connect EPERM', 'listen EPERM']),
  ...codes('unreachable', ['ENETUNREACH']),
  ...codes('unresolved', ['EAI_AGAIN']),
  ...codes('refused', ['ECONNREFUSED']),
];

/**
 * What a place that was taken out of sight looks like, and one that something else holds. Ordinary failures say the
 * same so often that these are looked for only where a profile does so, and only for a while.
 */
export const everydayTexts: readonly RefusalText[] = [
  ...errno('missing', [
    'No such file or directory',
    'Datei oder Verzeichnis nicht gefunden',
    'Aucun fichier ou dossier de ce type',
    'No existe el fichero o el directorio',
    'File o directory non esistente',
    'Arquivo ou diretório inexistente',
    'Bestand of map bestaat niet',
    'Nie ma takiego pliku ani katalogu',
    'Нет такого файла или каталога',
    'そのようなファイルやディレクトリはありません',
    '没有那个文件或目录',
    '그런 파일이나 디렉터리가 없습니다',
  ]),
  ...fields('missing', 'ENOENT'),
  ...errno('already_there', ['File exists', 'file already exists', 'Die Datei existiert bereits', 'Le fichier existe']),
];

/** Too short to be looked for in a flood: a program that ends with one of them says so at the end. */
export const shortTexts: readonly RefusalText[] = [
  ...codes('read_only', ['EROFS']),
  ...codes('no_permission', ['EACCES']),
  ...codes('not_permitted', ['EPERM']),
];
