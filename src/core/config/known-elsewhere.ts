// Keys that codex-cli reads from the same file and this program does not use yet: no mistake of whoever wrote them.

const TOP_LEVEL = `
  agents allow_login_shell analytics approvals_reviewer apps audio auto_review background_terminal_max_timeout
  chatgpt_base_url check_for_update_on_startup cli_auth_credentials_store commit_attribution compact_prompt
  developer_instructions disable_paste_burst experimental_compact_prompt_file experimental_instructions_file
  experimental_realtime_start_instructions experimental_realtime_ws_base_url experimental_realtime_ws_model
  experimental_use_freeform_apply_patch experimental_use_unified_exec_tool features feedback file_opener
  forced_chatgpt_workspace_id forced_login_method ghost_snapshot hide_agent_reasoning history hooks instructions
  js_repl_node_module_dirs js_repl_node_path log_dir marketplaces mcp_oauth_callback_port mcp_oauth_callback_url
  mcp_oauth_credentials_store mcp_servers memories model_auto_compact_token_limit model_catalog_json
  model_instructions_file model_max_output_tokens model_reasoning_effort model_reasoning_summary
  model_supports_reasoning_summaries model_verbosity notice notify openai_base_url oss_provider otel personality
  plan_mode_reasoning_effort plugins profile profiles project_doc_fallback_filenames project_doc_max_bytes
  project_root_markers projects realtime review_model sandbox_permissions service_tier show_raw_agent_reasoning
  skills sqlite_home suppress_unstable_features_warning tool_output_token_limit tool_suggest tools web_search windows
  zsh_path`;

const OF_A_PROVIDER = `
  auth aws env_key_instructions experimental_bearer_token supports_websockets websocket_connect_timeout_ms`;

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
  if (head === 'tui' && rest.length === 0) return names(OF_THE_SCREEN).has(key);
  if (head === 'shell_environment_policy' && rest.length === 0) return names(OF_THE_ENVIRONMENT).has(key);
  return false;
}
