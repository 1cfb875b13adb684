// Keys that codex-cli reads from the same file and this program does not use yet: no mistake of whoever wrote them.

const TOP_LEVEL = `
  agents allow_login_shell allow_symlinked_codex_home analytics approvals_reviewer apps apps_mcp_product_sku audio
  auto_review background_terminal_max_timeout chatgpt_base_url check_for_update_on_startup cli_auth_credentials_store
  cloud commit_attribution debug desktop disable_paste_burst experimental_instructions_file
  experimental_realtime_start_instructions experimental_realtime_webrtc_call_base_url
  experimental_realtime_ws_backend_prompt experimental_realtime_ws_base_url experimental_realtime_ws_model
  experimental_realtime_ws_startup_context experimental_thread_store experimental_use_freeform_apply_patch
  experimental_use_unified_exec_tool features feedback file_opener forced_chatgpt_workspace_id forced_login_method
  ghost_snapshot goals history include_apps_instructions include_collaboration_mode_instructions
  include_environment_context include_permissions_instructions instructions js_repl_node_module_dirs
  js_repl_node_path log_dir marketplaces mcp_enterprise_managed_auth mcp_optional_startup_grace_ms memories
  model_auto_compact_token_limit_scope model_catalog_json model_post_turn_compact_threshold_percent
  model_supports_reasoning_summaries notice orchestrator otel personality plan_mode_reasoning_effort plugins realtime
  responses_api_metadata sandbox_permissions service_tier sqlite sqlite_home suppress_unstable_features_warning
  thread_unload_delay_secs tool_suggest windows zsh_path`;

const OF_A_PROVIDER = `
  aws gateway_oauth model_catalog_url supports_standalone_web_search supports_websockets
  websocket_connect_timeout_ms`;

const OF_A_SERVER = 'auth http_headers_helper name startup_readiness tool_input_schema_max_bytes';

const OF_ITS_LOGIN = 'authorization_server_issuer token_endpoint_auth_method';

const OF_THE_HOOKS = `
  Interrupt PostCompact PostModelRequest PostToolUse PreCompact PreModelRequest SessionEnd SessionStart SubagentStart
  SubagentStop UserPromptSubmit state`;

const OF_THE_TOOLS = 'client_search_provider experimental_request_user_input update_plan';

const OF_THE_SCREEN = `
  alternate_screen animations model_availability_nux
  notifications_method pet raw_output_mode resume_cwd session_picker_view show_tooltips status_line
  status_line_use_colors terminal_resize_reflow_max_rows terminal_title vim_mode_default`;

const OF_THE_ENVIRONMENT = 'experimental_use_profile';

function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** Whether codex-cli knows `key` in the table at `path` (empty: the top of the file). */
export function isKnownElsewhere(path: readonly string[], key: string): boolean {
  const [head, ...rest] = path;
  if (head === undefined) return names(TOP_LEVEL).has(key);
  if (head === 'model_providers' && rest.length === 1) return names(OF_A_PROVIDER).has(key);
  if (head === 'mcp_servers' && rest.length === 1) return names(OF_A_SERVER).has(key);
  if (head === 'mcp_servers' && rest.length === 2 && rest[1] === 'oauth') return names(OF_ITS_LOGIN).has(key);
  if (head === 'hooks' && rest.length === 0) return names(OF_THE_HOOKS).has(key);
  if (head === 'tools' && rest.length === 0) return names(OF_THE_TOOLS).has(key);
  if (head === 'tui' && rest.length === 0) return names(OF_THE_SCREEN).has(key);
  if (head === 'shell_environment_policy' && rest.length === 0) return names(OF_THE_ENVIRONMENT).has(key);
  return false;
}
