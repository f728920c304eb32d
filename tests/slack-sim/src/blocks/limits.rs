//! Slack's documented limits of Block Kit.

pub(super) const MESSAGE_BLOCKS: usize = 50;
pub(super) const VIEW_BLOCKS: usize = 100;
pub(super) const ID: usize = 255;
pub(super) const SECTION: usize = 3000;
pub(super) const FIELDS: usize = 10;
pub(super) const FIELD: usize = 2000;
pub(super) const HEADER: usize = 150;
pub(super) const CONTEXT: usize = 10;
pub(super) const CONTEXT_ACTIONS: usize = 5;
pub(super) const ACTIONS: usize = 25;
pub(super) const LABEL: usize = 2000;
pub(super) const ALT: usize = 2000;
pub(super) const URL: usize = 3000;
/// Characters of all markdown blocks of a payload together.
pub(super) const MARKDOWN: usize = 12_000;
pub(super) const TABLE_ROWS: usize = 100;
pub(super) const TABLE_COLUMNS: usize = 20;
pub(super) const TABLE_CHARS: usize = 10_000;
pub(super) const BUTTON_TEXT: usize = 75;
pub(super) const BUTTON_VALUE: usize = 2000;
pub(super) const OPTIONS: usize = 100;
pub(super) const GROUPS: usize = 100;
pub(super) const FEW_OPTIONS: usize = 10;
pub(super) const OVERFLOW_OPTIONS: usize = 5;
pub(super) const OPTION_TEXT: usize = 75;
/// Slack's pages name 75 and 150; the simulator holds the smaller one for the text and the larger for the value.
pub(super) const OPTION_VALUE: usize = 150;
pub(super) const PLACEHOLDER: usize = 150;
pub(super) const INPUT_MAX: u64 = 3000;
pub(super) const CONFIRM_TITLE: usize = 100;
pub(super) const CONFIRM_TEXT: usize = 300;
pub(super) const CONFIRM_BUTTON: usize = 30;
