-- meaning: a new device, a reset and a withdrawal, close together
-- fact: takeover.hours_from_new_device number hours : shortest time from the first login of a device new in the last 7 days to a withdrawal made with it, or with a device that is not recorded
-- fact: takeover.reset_before_withdrawal flag : whether password, second factor or e-mail address changed in the 7 days before a withdrawal of the last 7 days
-- fact: takeover.new_address flag : whether a withdrawal of the last 7 days went to a chain address this account never used before
-- fact: takeover.withdrawn_share number 0..1 : share of the money the account held in the last 7 days that was withdrawn in them
-- absent: takeover.hours_from_new_device : no withdrawal of the last 7 days was made with a device new to the account
-- absent: takeover.new_address : no withdrawal of the last 7 days is known to have gone to a new chain address, and one has none recorded
-- The first device of an account is not new in this sense: everybody starts with one.
WITH logged_in AS (
  SELECT device_id, MIN("at") AS first_at FROM logins
  WHERE customer_id = :customer_id AND success AND "at" <= CAST(:as_of AS TIMESTAMP)
  GROUP BY device_id
), new_devices AS (
  SELECT device_id, first_at FROM logged_in
  WHERE device_id IS NOT NULL AND first_at > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
    AND first_at > (SELECT MIN(first_at) FROM logged_in)
), outgoing AS (
  SELECT withdrawal_id, "at", amount_usd, method, chain_address, device_id FROM withdrawals
  WHERE customer_id = :customer_id AND status IS DISTINCT FROM 'cancelled' AND "at" <= CAST(:as_of AS TIMESTAMP)
), recent AS (
  SELECT * FROM outgoing WHERE "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
), incoming AS (
  SELECT COALESCE(SUM(amount_usd), 0) AS usd FROM deposits
  WHERE customer_id = :customer_id AND "at" <= CAST(:as_of AS TIMESTAMP)
), earlier AS (
  SELECT COALESCE(SUM(amount_usd), 0) AS usd FROM outgoing
  WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
)
SELECT
  (
    SELECT MIN(DATE_DIFF('second', d.first_at, w."at")) / 3600.0
    FROM recent AS w
    JOIN new_devices AS d ON d.first_at <= w."at" AND (w.device_id = d.device_id OR w.device_id IS NULL)
  ) AS "takeover.hours_from_new_device",
  EXISTS (
    SELECT 1 FROM recent AS w
    JOIN account_events AS e ON e.customer_id = :customer_id
      AND e.kind IN ('password_reset', 'second_factor_reset', 'email_change')
      AND e."at" <= w."at" AND e."at" > w."at" - INTERVAL '7' DAY
  ) AS "takeover.reset_before_withdrawal",
  CASE
    WHEN EXISTS (
      SELECT 1 FROM recent AS w
      WHERE w.chain_address IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM outgoing AS o
        WHERE o.chain_address = w.chain_address AND o."at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
      )
    ) THEN TRUE
    WHEN EXISTS (SELECT 1 FROM recent WHERE chain_address IS NULL AND COALESCE(method, 'chain') = 'chain') THEN NULL
    ELSE FALSE
  END AS "takeover.new_address",
  LEAST(1.0, COALESCE(
    (SELECT SUM(amount_usd) FROM recent) / NULLIF(GREATEST(incoming.usd - earlier.usd, 0), 0),
    CASE WHEN EXISTS (SELECT 1 FROM recent) THEN 1.0 ELSE 0.0 END
  )) AS "takeover.withdrawn_share"
FROM incoming CROSS JOIN earlier;
