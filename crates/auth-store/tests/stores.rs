//! The store suite: every case on every store that keeps what the case is about.
//!
//! A case is written once, in `suite`, and runs as a test of its own for each store, on
//! data of its own. Redis and PostgreSQL are found by `TEST_REDIS_URL` and
//! `TEST_POSTGRES_URL`; without them their tests say that they did not run.

#![allow(clippy::unwrap_used)]

mod backend;
mod suite;

/// Makes one test for each case and store.
macro_rules! suite {
    ($name:ident on $backends:tt: $($module:ident $cases:tt)+) => {
        suite!($name of $name on $backends: $($module $cases)+);
    };
    ($name:ident of $suite:ident on $backends:tt: $($module:ident $cases:tt)+) => {
        mod $name {
            $(mod $module {
                suite!(@each $backends, $suite::$module $cases);
            })+
        }
    };
    (@each [$($backend:ident)+], $suite:ident::$module:ident $cases:tt) => {
        $(mod $backend {
            suite!(@tests $backend, $suite::$module $cases);
        })+
    };
    (@tests $backend:ident, $suite:ident::$module:ident { $($case:ident)+ }) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let test = concat!(module_path!(), "::", stringify!($case));
                let case = crate::suite::$suite::$module::$case;
                crate::backend::run::<crate::backend::$backend::Store, _>(test, case).await;
            }
        )+
    };
}

suite! {
    sessions on [memory redis cluster sqlite postgres]:
    lookup {
        a_session_is_found_by_secret_and_by_id_through_every_handle
        an_unknown_secret_or_id_finds_nothing
        an_id_finds_the_session_of_its_owner_only
        every_secret_that_a_session_had_leads_to_it_and_says_what_became_of_it
        a_secret_of_the_other_kind_is_unknown
        a_spent_secret_of_the_other_kind_does_no_harm
        every_field_comes_back_as_it_was_kept
    }
    lifetime {
        an_unused_session_ends_after_its_idle_time
        a_use_starts_the_idle_time_again
        uses_are_written_when_they_are_told_to_be
        a_use_that_waits_brings_no_session_back
        a_use_that_is_reported_late_takes_nothing_back
        no_use_carries_a_session_beyond_its_absolute_end
        a_session_that_is_over_can_not_be_used_again
        a_revoked_session_can_not_be_used_again
        a_use_that_races_with_revocation_brings_nothing_back
        parallel_uses_are_all_let_in_and_one_of_them_is_noted
    }
    replacing {
        what_is_as_it_was_read_is_replaced
        what_has_changed_since_it_was_read_is_not_replaced
        of_parallel_replacements_of_what_was_read_one_is_made
        a_replacement_that_races_with_deletion_brings_nothing_back
        of_parallel_deletions_each_session_is_given_to_one
        of_parallel_inserts_the_last_one_sees_all
    }
    list {
        the_list_starts_with_the_latest_used
        the_list_shows_only_what_is_live
        the_list_shows_only_ones_own
        a_session_of_a_kind_to_come_is_listed_counted_and_ended_but_not_used
        live_sessions_are_counted_by_kind_and_age
    }
    eviction {
        one_session_too_many_ends_the_oldest_and_denies_its_tokens
        a_smaller_maximum_ends_as_many_as_it_takes
        sessions_that_are_over_do_not_count
        parallel_sign_ins_never_exceed_the_maximum
    }
    revocation {
        one_session_ends_and_the_others_stay
        all_sessions_but_the_current_one_end
        all_sessions_end
        nobody_ends_the_sessions_of_somebody_else
        sessions_that_are_over_are_not_counted
        the_tokens_of_an_ended_session_stay_denied
        the_tokens_of_an_unknown_session_are_denied
        a_token_must_name_the_owner_of_its_session
        access_tokens_that_outlive_their_session_are_denied_too
    }
    rotation {
        the_successor_takes_the_place_of_the_spent_secret
        a_change_starts_the_idle_time_again
        an_unknown_secret_has_no_successor
        parallel_exchanges_of_one_secret_all_get_the_same_successor
        exchanges_at_different_times_disturb_each_other_little
        a_change_that_races_with_revocation_leaves_no_live_session
    }
    changing_over {
        a_session_stays_the_same_but_for_its_kind
        a_lost_answer_is_given_again
        whoever_comes_with_the_old_secret_too_late_ends_the_session
        a_secret_in_force_is_none_of_another_kind
        an_old_secret_still_leads_to_the_session
    }
    reuse {
        inside_the_window_a_spent_secret_gives_the_same_successor
        after_the_window_a_spent_secret_ends_the_session
        an_ended_family_stays_unknown
        without_a_window_a_spent_secret_ends_the_session_at_once
        an_ancestor_counts_from_when_it_was_spent
        a_lost_successor_is_told_again_at_any_time
        once_the_successor_was_used_the_predecessor_is_theft
        a_use_by_id_does_not_count_for_the_successor
        a_clock_that_is_ahead_does_not_shorten_the_window
        a_spent_secret_is_remembered_as_long_as_its_session
        of_spent_secrets_the_latest_are_kept_and_the_others_are_theft
        every_secret_of_a_session_leads_to_it
        a_spent_secret_of_a_dead_session_is_unknown
        a_repeated_change_counts_as_use_and_covers_its_new_access_token
    }
    purge {
        purging_deletes_what_is_over_and_nothing_else
        a_purged_session_leaves_nothing_that_could_be_used
        purging_neither_ends_access_tokens_nor_forgets_how_to
        purging_and_revoking_at_once_get_along
    }
}

suite! {
    changed_sessions of sessions on [memory redis sqlite postgres]:
    told {
        the_end_of_a_session_is_told_and_no_other
        another_secret_is_told_where_the_secret_is_the_credential
        another_kind_is_told_whichever_it_is
        a_use_and_a_new_session_are_not_told
    }
}

suite! {
    changed_accounts of accounts on [sqlite postgres]:
    told {
        whatever_a_profile_shows_or_a_credential_rests_on_is_told
        a_password_hashed_anew_and_no_change_at_all_are_not_told
        a_first_password_and_the_end_of_an_account_are_told
    }
}

suite! {
    limits on [memory redis cluster sqlite postgres]:
    counting {
        every_sequence_of_steps_agrees_with_the_rule
        a_doubling_count_lives_on_from_its_last_hit
        parallel_hits_on_two_handles_pass_as_often_as_is_free
        parallel_refunds_are_all_counted
        keys_do_not_disturb_each_other
        a_block_may_open_while_a_hit_is_pending
        purging_deletes_counts_that_are_over
    }
}

suite! {
    accounts on [sqlite postgres]:
    creation {
        an_account_comes_back_as_it_was_made
        an_account_is_found_by_name_and_address_in_any_case
        a_name_can_be_taken_once_in_any_case
        a_name_that_looks_alike_is_taken
        an_address_can_be_taken_once_in_any_case
        a_taken_name_is_told_before_a_taken_address
        an_account_and_its_mail_are_made_together
        of_fifty_parallel_registrations_of_one_name_one_is_made
        of_fifty_parallel_registrations_of_one_address_one_is_made
    }
    sign_ups {
        a_sign_up_comes_back_as_it_was_kept
        several_wait_for_one_address_the_newest_first
        a_name_is_held_alike_by_accounts_and_sign_ups
        of_parallel_claims_to_one_name_one_is_granted
        a_sign_up_becomes_an_account_once
        a_sign_up_whose_address_has_an_account_becomes_none
        a_sign_up_that_is_over_frees_its_name
        a_sign_up_waits_as_long_as_its_mail_or_its_link
        the_salt_of_an_address_is_always_the_same
        the_kinds_of_stored_hashes_are_known
    }
    take_over {
        an_account_comes_with_all_that_belongs_to_it
        one_that_cannot_be_taken_leaves_nothing_and_the_others_come
        who_is_there_is_known_and_stays_as_they_are
        a_dry_run_tells_the_same_and_keeps_nothing
        of_parallel_imports_of_one_account_one_takes_it
    }
    changes {
        every_field_can_be_changed
        what_is_not_mentioned_stays
        an_unknown_account_is_not_changed
        a_change_and_its_mail_are_made_together
        a_token_is_spent_once
        of_fifty_parallel_changes_that_spend_one_token_one_is_made
        a_change_can_depend_on_the_address
        a_change_can_depend_on_the_password_hash
        of_parallel_changes_that_depend_on_one_password_hash_one_is_made
        a_name_or_address_of_somebody_else_is_refused
        ones_own_name_and_address_can_be_spelt_anew
        of_parallel_changes_to_one_name_one_is_made
        every_new_version_of_credentials_counts
    }
    authority {
        a_sign_in_that_stands_changes_its_account
        a_sign_in_under_old_credentials_changes_nothing
        a_disabled_account_changes_nothing
        a_dead_session_changes_nothing
        a_session_changes_nobody_elses_account
        of_parallel_changes_of_credentials_by_one_sign_in_one_is_made
        a_revoked_session_ends_no_other
    }
    deletion {
        an_account_goes_with_its_tokens_and_mail_and_its_owner_is_told
        a_deletion_touches_nobody_else
        a_deleted_account_frees_its_name_and_address
        an_unknown_account_can_not_be_deleted
        of_parallel_deletions_one_counts
    }
    listing {
        accounts_are_listed_in_order_of_creation_page_by_page
        an_empty_store_lists_nobody
    }
    search {
        accounts_are_found_by_how_a_name_begins
        a_page_goes_on_where_the_last_one_ended
        keys_are_in_the_order_of_their_bytes
        accounts_are_found_by_role_and_state
    }
    admins {
        a_role_is_kept_until_it_is_taken
        the_last_admin_stays
        of_two_parallel_demotions_one_is_refused
        however_admins_go_at_once_one_stays
        a_disabled_admin_is_none_to_count_on
    }
    api_keys {
        a_key_comes_back_as_it_was_kept
        a_key_is_found_by_its_secret_until_it_is_revoked
        a_key_goes_with_the_powers_of_its_maker
        no_key_is_made_for_who_is_no_admin
        a_maker_who_is_demoted_at_once_leaves_no_key
        a_use_is_noted_unless_a_later_one_is
        purging_deletes_keys_that_are_over
    }
    webhooks {
        a_webhook_comes_back_as_it_was_kept
        there_are_no_more_than_there_may_be
        who_fails_for_days_is_disabled_once
        what_waits_for_enabled_webhooks_is_counted
        a_secret_counts_beside_its_successor
        a_deleted_webhook_leaves_nothing
    }
    webhook_deliveries {
        a_line_is_queued_once_for_whoever_wants_it
        that_somebody_looked_goes_to_whom_it_is_named_for
        what_is_sent_is_written_down_with_the_line
        what_is_undone_is_told_to_nobody
        a_claim_belongs_to_one_until_its_lease_ends
        of_parallel_claims_each_delivery_is_in_one
        what_is_settled_too_late_changes_nothing
        what_failed_is_made_once_more
        purging_deletes_what_is_over
    }
    tokens {
        a_token_can_be_looked_at_any_number_of_times
        a_token_works_until_it_expires
        a_token_is_unknown_to_every_other_purpose
        a_token_replaces_the_users_older_ones_of_its_purpose
        purging_deletes_tokens_that_have_expired
    }
    withdrawal {
        new_credentials_withdraw_links_that_change_the_account
        other_changes_withdraw_nothing
        a_change_can_withdraw_the_link_to_another_address
        a_token_is_kept_only_while_its_mail_is_queued
        a_token_that_is_made_while_its_mail_is_withdrawn_does_not_survive
    }
    identities {
        an_account_comes_with_its_first_identity
        an_identity_that_is_taken_makes_no_account
        of_parallel_accounts_with_one_identity_one_is_made
        an_identity_is_linked_once
        the_identity_of_another_account_can_not_be_linked
        of_parallel_links_of_one_identity_to_two_accounts_one_is_made
        nothing_is_linked_to_an_account_that_changed_its_credentials
        an_identity_and_its_mail_are_linked_and_unlinked_together
        nobody_unlinks_the_identity_of_somebody_else
        the_last_way_in_stays
        of_two_parallel_unlinks_of_the_last_two_ways_in_one_is_refused
        identities_go_with_their_account
    }
    factors {
        a_factor_comes_back_as_it_was_added
        a_change_needs_its_sign_in_to_stand
        one_passkey_is_one_accounts
        there_is_room_for_so_many
        a_step_and_those_before_it_are_taken_once
        a_recovery_code_is_taken_once
        a_passkey_is_used_as_it_was_read
        the_last_one_stays_where_it_has_to
        the_last_way_in_stays
        of_two_parallel_removals_of_the_last_two_one_is_refused
        anothers_factor_is_unknown
        what_is_wanted_of_an_account_is_kept
        what_is_lost_goes_when_its_time_comes
        what_has_gone_is_not_taken_back
        a_deleted_account_leaves_nothing
        seeds_are_read_in_pages_and_replaced
        a_database_has_one_key
    }
    audit {
        a_line_comes_back_as_it_was_kept
        a_line_is_kept_once_and_stays
        lines_are_found_by_what_they_say
        pages_go_both_ways
        old_lines_go_and_no_others
        a_change_is_kept_with_its_line_or_not_at_all
        a_change_of_an_api_key_is_told_with_it_or_not_at_all
        a_change_of_a_webhook_is_told_with_it_or_not_at_all
        what_is_done_with_deliveries_is_told_with_it_or_not_at_all
        what_is_done_with_mails_is_told_with_it_or_not_at_all
    }
    waiting {
        what_waits_comes_back_as_it_was_kept
        what_waits_is_its_clients_and_ends_once
    }
    flows {
        a_flow_comes_back_once_as_it_was_kept
        a_flow_comes_back_to_its_browser_and_its_provider_only
        a_flow_ends_when_its_time_is_over
        of_fifty_parallel_ends_of_a_flow_one_wins
        where_a_flow_leads_is_known_until_it_is_forgotten
        a_handover_is_picked_up_once_by_its_browser
        of_fifty_parallel_pick_ups_one_wins
        purging_deletes_what_has_expired
    }
    outbox {
        a_mail_comes_back_as_it_was_queued
        it_tells_how_long_it_is_and_since_when_it_waits
        each_cause_is_queued_once
        a_mail_asked_for_again_while_it_is_delivered_goes_out_again
        a_mail_is_as_old_as_the_latest_ask
        mails_are_claimed_oldest_first_and_no_more_than_asked_for
        one_mail_to_each_recipient_is_claimed_at_a_time
        urgent_mails_are_claimed_first_and_classes_keep_to_their_room
        a_mail_can_be_put_off_without_counting_as_tried
        a_mail_is_not_due_before_it_was_queued
        a_claimed_mail_comes_back_when_its_lease_is_over
        parallel_workers_never_get_the_same_mail
        a_mail_given_back_is_due_again_when_its_time_comes
        a_mail_that_is_done_is_gone
        what_waits_for_an_account_or_its_address_is_found
        a_queue_is_behind_while_mails_wait_or_fail
        what_waits_is_listed_part_by_part
        what_waits_for_long_is_made_due_and_nothing_that_may_be_in_delivery
        failing_mails_are_made_due_together
    }
    profile {
        a_new_account_has_an_empty_one
        it_comes_back_as_it_was_kept
        it_is_changed_only_while_it_is_what_was_read
    }
    owners {
        a_found_session_comes_with_its_owner_as_of_now
        without_an_owner_sessions_are_dead_and_their_tokens_denied
    }
}
