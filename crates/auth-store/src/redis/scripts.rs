//! The steps that must be atomic, as Lua scripts.

use deadpool_redis::redis::Script;

macro_rules! on_sessions {
    ($file:literal) => {
        Script::new(concat!(
            include_str!("lua/sessions.lua"),
            include_str!(concat!("lua/", $file))
        ))
    };
}

/// Every script, with its hash computed once.
pub(super) struct Scripts {
    pub(super) insert: Script,
    pub(super) find_by_id: Script,
    pub(super) trace: Script,
    pub(super) touch: Script,
    pub(super) change_secret: Script,
    pub(super) list: Script,
    pub(super) revoke: Script,
    pub(super) hit: Script,
    pub(super) settle: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            insert: on_sessions!("insert.lua"),
            find_by_id: on_sessions!("find_by_id.lua"),
            trace: on_sessions!("trace.lua"),
            touch: on_sessions!("touch.lua"),
            change_secret: on_sessions!("change_secret.lua"),
            list: on_sessions!("list.lua"),
            revoke: on_sessions!("revoke.lua"),
            hit: Script::new(include_str!("lua/hit.lua")),
            settle: Script::new(include_str!("lua/settle.lua")),
        }
    }
}
