-- meaning: how old and how far verified the account is, with its recent history
-- fact: account.age_days count days : whole days since the account was opened
-- fact: account.kyc_level count : 0 unverified, 1 basic, 2 full
-- label: account.age_days : the age of the account
-- label: account.kyc_level : the KYC level
SELECT
  CAST(FLOOR(DATE_DIFF('second', created_at, CAST(:as_of AS TIMESTAMP)) / 86400.0) AS BIGINT) AS "account.age_days",
  kyc_level AS "account.kyc_level"
FROM customers
WHERE customer_id = :customer_id;

-- exhibit: timeline What happened on the account in the 90 days before the flag
-- Of the logins, only failures and the first one of each device are shown. The newest 150 events are kept.
WITH events AS (
  SELECT "at", 'deposit by ' || COALESCE(method, 'unknown means') AS what, amount_usd AS amount, NULL AS place, deposit_id AS id
  FROM deposits WHERE customer_id = :customer_id
  UNION ALL
  SELECT "at", 'withdrawal by ' || COALESCE(method, 'unknown means') || ', ' || COALESCE(status, 'unknown status'), amount_usd, NULL, withdrawal_id
  FROM withdrawals WHERE customer_id = :customer_id
  UNION ALL
  SELECT "at", COALESCE(REPLACE(kind, '_', ' '), 'unknown event'), NULL, NULL, event_id
  FROM account_events WHERE customer_id = :customer_id
  UNION ALL
  SELECT submitted_at, 'identity submission: ' || COALESCE(REPLACE(document_type, '_', ' '), 'unknown document'), NULL, document_country, submission_id
  FROM kyc_submissions WHERE customer_id = :customer_id
  UNION ALL
  SELECT "at", CASE WHEN buyer_id = :customer_id THEN 'p2p purchase, ' ELSE 'p2p sale, ' END || COALESCE(payment_method, 'unknown payment'),
    amount_usd, NULL, order_id
  FROM p2p_orders WHERE buyer_id = :customer_id OR seller_id = :customer_id
  UNION ALL
  SELECT dispute_opened_at, 'p2p dispute opened', amount_usd, NULL, order_id
  FROM p2p_orders
  WHERE (buyer_id = :customer_id OR seller_id = :customer_id) AND dispute_opened_at IS NOT NULL
  UNION ALL
  SELECT "at", 'message ' || CASE direction WHEN 'customer' THEN 'to' WHEN 'agent' THEN 'from' ELSE 'to or from' END || ' support',
    NULL, NULL, message_id
  FROM support_messages WHERE customer_id = :customer_id
  UNION ALL
  SELECT "at", CASE WHEN success THEN 'first login on ' || COALESCE('device ' || device_id, 'an unknown device') ELSE 'failed login' END, NULL,
    COALESCE(city || ', ' || country, country, city), login_id
  FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY device_id, success ORDER BY "at", login_id) AS nth
    FROM logins WHERE customer_id = :customer_id
  ) AS numbered
  WHERE nth = 1 OR NOT success
), newest AS (
  SELECT * FROM events
  WHERE "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY
  ORDER BY "at" DESC, id LIMIT 150
)
SELECT "at", what, amount, place FROM newest ORDER BY "at", id, what;
