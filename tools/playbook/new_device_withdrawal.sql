-- meaning: a new device, a reset and a withdrawal, close together
-- parameter: soon_hours number 48 : a time this short is told even where another withdrawal may have been made sooner
-- fact: takeover.hours_from_new_device number hours : shortest time from the first login of a device new in the last 7 days to a withdrawal made with it
-- fact: takeover.new_device_withdrawals count : withdrawals of the last 7 days known to be made with a device new in them
-- fact: takeover.reset_before_withdrawal flag : whether password, second factor or e-mail address changed in the 7 days before a withdrawal of the last 7 days
-- fact: takeover.new_address flag : whether a withdrawal of the last 7 days went to a chain address this account never used before
-- fact: takeover.withdrawn_share number 0..1 : share of the money the account held in the last 7 days that was withdrawn in them
-- none: takeover.hours_from_new_device where takeover.new_device_withdrawals : no withdrawal of the last 7 days was made with a device new to the account
-- part: takeover.hours_from_new_device at most soon_hours
-- part: takeover.new_device_withdrawals at least 1
-- unknown: takeover.hours_from_new_device : the device of a withdrawal of the last 7 days, or its first login, is not recorded, and it may be new
-- unknown: takeover.new_device_withdrawals : the device of a withdrawal of the last 7 days, or its first login, is not recorded, and it may be new
-- unknown: takeover.new_address : a withdrawal on chain, of the last 7 days or earlier, has no address recorded
-- The first device of an account is not new in this sense: everybody starts with one. Whoever withdraws logged in before:
-- a device that no login names was used unseen, and one that is not recorded is among those that logged in. One whose name is
-- seen first in the last 7 days may be old where an earlier login names none. Times may be of whole days.
WITH logged_in AS (
  SELECT NULLIF(TRIM(device_id), '') AS device_id, "at" FROM logins
  WHERE customer_id = :customer_id AND success AND "at" <= CAST(:as_of AS TIMESTAMP)
), firsts AS (
  SELECT device_id, MIN("at") AS first_at FROM logged_in WHERE device_id IS NOT NULL GROUP BY device_id
  UNION ALL
  SELECT NULL, "at" FROM logged_in WHERE device_id IS NULL
), devices_used AS (
  SELECT device_id, first_at,
    first_at > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY AND first_at > (SELECT MIN(first_at) FROM firsts) AS fresh
  FROM firsts
), outgoing AS (
  SELECT withdrawal_id, "at", amount_usd, NULLIF(TRIM(method), '') AS method,
    ADDRESS_OF(chain_address) AS chain_address, NULLIF(TRIM(device_id), '') AS device_id
  FROM withdrawals
  WHERE customer_id = :customer_id AND status IS DISTINCT FROM 'cancelled' AND "at" <= CAST(:as_of AS TIMESTAMP)
), recent AS (
  SELECT * FROM outgoing WHERE "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
), devices_of AS (
  SELECT w.withdrawal_id, w.device_id,
    COUNT(CASE WHEN d.first_at <= w."at" THEN 1 END) AS logins,
    COUNT(CASE WHEN d.fresh THEN 1 END) AS fresh,
    COUNT(CASE WHEN d.device_id = w.device_id AND d.first_at <= w."at" THEN 1 END) AS own,
    MAX(
      CASE WHEN d.device_id = w.device_id AND d.fresh AND d.first_at <= w."at"
        THEN DATE_DIFF('second', d.first_at, w."at") END
    ) / 3600.0 AS hours
  FROM recent AS w LEFT JOIN devices_used AS d ON d.first_at < DATE_TRUNC('day', w."at") + INTERVAL '1' DAY
  GROUP BY w.withdrawal_id, w.device_id
), veiled AS (
  SELECT COUNT(*) > 0 AS old FROM logged_in
  WHERE device_id IS NULL AND "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
), newness AS (
  SELECT
    MIN(CASE WHEN NOT veiled.old THEN hours END) AS hours,
    COUNT(CASE WHEN NOT veiled.old THEN hours END) AS n,
    COUNT(
      CASE WHEN device_id IS NULL AND (fresh > 0 OR logins = 0) OR device_id IS NOT NULL AND own = 0
        OR veiled.old AND hours IS NOT NULL THEN 1 END
    ) AS unsure
  FROM devices_of CROSS JOIN veiled
), incoming AS (
  SELECT COALESCE(SUM(amount_usd), 0) AS usd FROM deposits
  WHERE customer_id = :customer_id AND "at" <= CAST(:as_of AS TIMESTAMP)
), earlier AS (
  SELECT COALESCE(SUM(amount_usd), 0) AS usd FROM outgoing
  WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
)
SELECT
  CASE WHEN unsure = 0 OR hours <= :soon_hours THEN hours END AS "takeover.hours_from_new_device",
  CASE WHEN unsure = 0 OR n > 0 THEN n END AS "takeover.new_device_withdrawals",
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
        WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY AND o.chain_address = w.chain_address
      )
    ) THEN CASE WHEN NOT EXISTS (
      SELECT 1 FROM outgoing
      WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
        AND chain_address IS NULL AND COALESCE(method, 'chain') = 'chain'
    ) THEN TRUE END
    WHEN EXISTS (SELECT 1 FROM recent WHERE chain_address IS NULL AND COALESCE(method, 'chain') = 'chain') THEN NULL
    ELSE FALSE
  END AS "takeover.new_address",
  LEAST(1.0, COALESCE(
    (SELECT SUM(amount_usd) FROM recent) / NULLIF(GREATEST(incoming.usd - earlier.usd, 0), 0),
    CASE WHEN EXISTS (SELECT 1 FROM recent) THEN 1.0 ELSE 0.0 END
  )) AS "takeover.withdrawn_share"
FROM incoming CROSS JOIN earlier CROSS JOIN newness;
