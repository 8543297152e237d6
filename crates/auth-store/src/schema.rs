//! The tables as `migrations/` makes them, on both databases.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    users (id) {
        id -> Text,
        first_name -> Text,
        last_name -> Text,
        username -> Text,
        username_key -> Text,
        email -> Text,
        email_key -> Text,
        email_verified -> Bool,
        password_hash -> Nullable<Text>,
        disabled -> Bool,
        #[sql_name = "generation"]
        credentials_version -> BigInt,
        created_at -> BigInt,
        username_skeleton -> Nullable<Text>,
        profile -> Nullable<Text>,
        role -> Nullable<Text>,
        language -> Nullable<Text>,
    }
}

table! {
    api_keys (id) {
        id -> Text,
        name -> Text,
        hash -> Text,
        scopes -> Text,
        created_by -> Text,
        maker_id -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    sign_ups (id) {
        id -> Text,
        first_name -> Text,
        last_name -> Text,
        username -> Text,
        username_key -> Text,
        username_skeleton -> Text,
        email -> Text,
        email_key -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    tokens (user_id, purpose) {
        user_id -> Text,
        purpose -> Text,
        hash -> Text,
        data -> Text,
        expires_at -> BigInt,
    }
}

table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        kind -> Text,
        secret -> Text,
        #[sql_name = "generation"]
        credentials_version -> BigInt,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        auth_time -> BigInt,
        idle -> BigInt,
        ends_at -> BigInt,
        expires_at -> BigInt,
        remember -> Bool,
        user_agent -> Text,
        ip -> Text,
        tokens_until -> BigInt,
        family -> Nullable<Text>,
        rotations -> BigInt,
        unused -> Bool,
        identity_id -> Nullable<Text>,
        assurance -> Nullable<Text>,
    }
}

table! {
    factors (id) {
        id -> Text,
        user_id -> Text,
        kind -> Text,
        name -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        seed -> Nullable<Text>,
        last_step -> Nullable<BigInt>,
        credential_id -> Nullable<Text>,
        passkey -> Nullable<Text>,
    }
}

table! {
    recovery_codes (user_id, hash) {
        user_id -> Text,
        hash -> Text,
    }
}

table! {
    factor_states (user_id) {
        user_id -> Text,
        required -> Bool,
        changed_at -> Nullable<BigInt>,
        lacking_since -> Nullable<BigInt>,
        reset_at -> Nullable<BigInt>,
    }
}

table! {
    waiting_steps (handle) {
        handle -> Text,
        client -> Text,
        waits_for -> Text,
        user_id -> Nullable<Text>,
        #[sql_name = "generation"]
        credentials_version -> Nullable<BigInt>,
        proven_at -> Nullable<BigInt>,
        remember -> Nullable<Bool>,
        identity_id -> Nullable<Text>,
        assurance -> Nullable<Text>,
        scheme -> Nullable<Text>,
        #[sql_name = "data"]
        email -> Nullable<Text>,
        expires_at -> BigInt,
    }
}

table! {
    spent_secrets (secret) {
        secret -> Text,
        session_id -> Text,
        salt -> Text,
        spent_at -> BigInt,
        number -> BigInt,
    }
}

table! {
    denials (session_id) {
        session_id -> Text,
        denied_until -> BigInt,
    }
}

table! {
    limits (key) {
        key -> Text,
        hits -> Integer,
        ends_at -> BigInt,
        blocked_until -> BigInt,
        pending -> Integer,
        pending_until -> BigInt,
    }
}

table! {
    shared_keys (name) {
        name -> Text,
        value -> Text,
    }
}

table! {
    outbox (id) {
        id -> Text,
        cause -> Text,
        recipient -> Text,
        kind -> Text,
        user_id -> Nullable<Text>,
        attempts -> Integer,
        due_at -> BigInt,
        created_at -> BigInt,
        frontend -> Nullable<Text>,
        ready_at -> Nullable<BigInt>,
        languages -> Nullable<Text>,
    }
}

table! {
    identities (id) {
        id -> Text,
        user_id -> Text,
        provider -> Text,
        issuer -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        linked_at -> BigInt,
    }
}

table! {
    flows (state) {
        state -> Text,
        browser -> Text,
        provider -> Text,
        return_to -> Text,
        fresh -> Bool,
        started_at -> BigInt,
        user_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        #[sql_name = "generation"]
        credentials_version -> Nullable<BigInt>,
        expires_at -> BigInt,
    }
}

table! {
    handovers (code) {
        code -> Text,
        browser -> Text,
        user_id -> Text,
        #[sql_name = "generation"]
        credentials_version -> BigInt,
        auth_time -> BigInt,
        expires_at -> BigInt,
        identity_id -> Nullable<Text>,
        assurance -> Nullable<Text>,
    }
}

table! {
    servers (id) {
        id -> Text,
        session_store -> Text,
        access_ttl -> BigInt,
        seen_at -> BigInt,
        told_at -> BigInt,
    }
}

table! {
    finished_flows (state) {
        state -> Text,
        provider -> Text,
        return_to -> Text,
        expires_at -> BigInt,
    }
}

table! {
    revocations (number) {
        number -> BigInt,
        nonce -> BigInt,
        user_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        made_at -> BigInt,
    }
}

table! {
    audit_events (id) {
        id -> Text,
        at -> BigInt,
        event -> Text,
        outcome -> Text,
        actor -> Nullable<Text>,
        user_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        request_id -> Nullable<Text>,
        details -> Nullable<Text>,
    }
}

table! {
    webhook_endpoints (id) {
        id -> Text,
        url -> Text,
        description -> Text,
        events -> Text,
        secret -> Text,
        previous_secret -> Nullable<Text>,
        previous_until -> Nullable<BigInt>,
        created_at -> BigInt,
        enabled -> Bool,
        disabled_at -> Nullable<BigInt>,
        disabled_reason -> Nullable<Text>,
        failing_since -> Nullable<BigInt>,
    }
}

table! {
    webhook_deliveries (webhook_id, event_id) {
        webhook_id -> Text,
        event_id -> Text,
        event -> Text,
        payload -> Text,
        state -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        created_at -> BigInt,
        delivered_at -> Nullable<BigInt>,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
    }
}

allow_tables_to_appear_in_same_query!(webhook_endpoints, webhook_deliveries);
joinable!(identities -> users (user_id));
joinable!(sessions -> users (user_id));
joinable!(spent_secrets -> sessions (session_id));
allow_tables_to_appear_in_same_query!(
    users,
    sign_ups,
    tokens,
    outbox,
    sessions,
    spent_secrets,
    denials,
    identities,
    factors,
    recovery_codes,
    factor_states
);
