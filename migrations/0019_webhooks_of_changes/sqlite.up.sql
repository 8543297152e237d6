-- Who wants all is not told that somebody looked, but where it is named: a receiver that looks an
-- account up because of that would go on for ever.
DROP TRIGGER audit_events_go_out;
CREATE TRIGGER audit_events_go_out AFTER INSERT ON audit_events
BEGIN
    INSERT OR IGNORE INTO webhook_deliveries
        (webhook_id, event_id, event, payload, state, attempts, due_at, created_at)
    SELECT receiver.id, new.id, new.event,
        json_object(
            'type', new.event,
            'timestamp', strftime('%Y-%m-%dT%H:%M:%fZ', new.at / 1000.0, 'unixepoch'),
            'data', json_object(
                'id', new.id,
                'outcome', new.outcome,
                'actor', new.actor,
                'user_id', new.user_id,
                'session_id', new.session_id,
                'ip', new.ip,
                'request_id', new.request_id,
                'details',
                json(CASE WHEN json_valid(new.details) THEN new.details ELSE 'null' END))),
        'pending', 0, new.at, new.at
    FROM webhook_endpoints receiver
    WHERE receiver.enabled = 1
        AND ((receiver.events = '*' AND new.event <> 'admin_looked')
             OR instr(receiver.events, ' ' || new.event || ' ') > 0);
END;
