CREATE OR REPLACE FUNCTION queue_webhooks() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO webhook_deliveries
        (webhook_id, event_id, event, payload, state, attempts, due_at, created_at)
    SELECT receiver.id, new.id, new.event,
        json_build_object(
            'type', new.event,
            'timestamp', to_char(timestamp '1970-01-01' + new.at * interval '1 millisecond',
                                 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'data', json_build_object(
                'id', new.id,
                'outcome', new.outcome,
                'actor', new.actor,
                'user_id', new.user_id,
                'session_id', new.session_id,
                'ip', new.ip,
                'request_id', new.request_id,
                'details', coalesce(new.details, 'null')::json))::text,
        'pending', 0, new.at, new.at
    FROM webhook_endpoints receiver
    WHERE receiver.enabled
        AND (receiver.events = '*'
             OR position(' ' || new.event || ' ' IN receiver.events) > 0)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
ALTER FUNCTION lease_server() SET search_path FROM CURRENT;
ALTER FUNCTION log_revocation() SET search_path FROM CURRENT;
