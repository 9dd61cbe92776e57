-- meaning: a new device, a reset and a withdrawal, close together
-- parameter: soon_hours number 48 : a time this short is told even where another withdrawal may have been made sooner
-- parameter: known_days number 30 : days from the first withdrawal to an address from which it counts as used before
-- parameter: known_share number 0.1 : as a share of what goes to an address now, what went there earlier makes it one used before at once
-- parameter: log_days number 7 : days from the opening of an account to its first login from which earlier logins are taken to be lacking
-- fact: takeover.hours_from_new_device number hours : shortest time from the first login of a device new in the last 7 days to a withdrawal made with it
-- fact: takeover.new_device_withdrawals count : withdrawals of the last 7 days known to be made with a device new in them
-- fact: takeover.reset_before_withdrawal flag : whether password, second factor or e-mail address changed in the 7 days before a withdrawal of the last 7 days
-- fact: takeover.new_address flag : whether a withdrawal of the last 7 days went to a chain address this account did not use before, or only just and for little
-- fact: takeover.withdrawn_share number share 0..1 : share of the money the account held in the last 7 days that was withdrawn in them
-- fact: takeover.untraced_share number share 0..1 : share of that money that was withdrawn in them to no chain address, as by bank, card or p2p
-- label: takeover.hours_from_new_device : the time from a new device to a withdrawal
-- label: takeover.new_device_withdrawals : withdrawals made with a new device
-- label: takeover.reset_before_withdrawal : a reset before a withdrawal
-- label: takeover.new_address : a withdrawal to a new address
-- label: takeover.withdrawn_share : the share of the money that was withdrawn
-- label: takeover.untraced_share : the share of the money that left by bank, card or peer to peer
-- none: takeover.hours_from_new_device where takeover.new_device_withdrawals : no withdrawal of the last 7 days was made with a device new to the account
-- part: takeover.hours_from_new_device at most soon_hours
-- part: takeover.new_device_withdrawals at least 1
-- unknown: takeover.hours_from_new_device : the device of a withdrawal of the last 7 days, its first login or all before it is not recorded, and it may be new
-- unknown: takeover.new_device_withdrawals : the device of a withdrawal of the last 7 days, its first login or all before it is not recorded, and it may be new
-- unknown: takeover.new_address : a withdrawal on chain, of the last 7 days or earlier, has no address recorded
-- The first device of an account is not new in this sense: everybody starts with one. Whoever withdraws logged in before:
-- a device that no login names was used unseen, and one that is not recorded is among those that logged in. One whose name is
-- seen first in the last 7 days may be old, or new, where an earlier login names none, or where no earlier one is recorded
-- of an account that is older. Times may be of whole days. Where money goes by bank, card or p2p, no record tells.
WITH logged_in AS (
  SELECT NULLIF(TRIM(device_id), '') AS device_id, "at" FROM logins
  WHERE customer_id = :customer_id AND success AND "at" <= CAST(:as_of AS TIMESTAMP)
), firsts AS (
  SELECT device_id, MIN("at") AS first_at FROM logged_in WHERE device_id IS NOT NULL GROUP BY device_id
  UNION ALL
  SELECT NULL, "at" FROM logged_in WHERE device_id IS NULL
), veiled AS (
  SELECT MIN(l."at") AS since,
    COUNT(CASE WHEN l.device_id IS NULL AND l."at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY THEN 1 END) > 0 AS unnamed,
    COALESCE(
      MIN(l."at") > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
      AND DATE_DIFF('second', MIN(c.created_at), MIN(l."at")) / 86400.0 > :log_days, FALSE
    ) AS unseen
  FROM customers AS c LEFT JOIN logged_in AS l ON TRUE
  WHERE c.customer_id = :customer_id
), devices_used AS (
  SELECT device_id, first_at,
    first_at > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY AND (first_at > veiled.since OR veiled.unseen) AS fresh
  FROM firsts CROSS JOIN veiled
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
), newness AS (
  SELECT
    MIN(CASE WHEN NOT (unnamed OR unseen) THEN hours END) AS hours,
    COUNT(CASE WHEN NOT (unnamed OR unseen) THEN hours END) AS n,
    COUNT(
      CASE WHEN device_id IS NULL AND (fresh > 0 OR logins = 0) OR device_id IS NOT NULL AND own = 0
        OR (unnamed OR unseen) AND hours IS NOT NULL THEN 1 END
    ) AS unsure
  FROM devices_of CROSS JOIN veiled
), addressed AS (
  SELECT w.chain_address,
    COALESCE(DATE_DIFF('second', MIN(o.first_at), CAST(:as_of AS TIMESTAMP)) / 86400.0 >= :known_days, FALSE)
      OR COALESCE(MAX(o.usd) >= :known_share * SUM(w.amount_usd), FALSE) AS used
  FROM recent AS w LEFT JOIN (
    SELECT chain_address, MIN("at") AS first_at, SUM(amount_usd) AS usd FROM outgoing
    WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
    GROUP BY chain_address
  ) AS o ON o.chain_address = w.chain_address
  WHERE w.chain_address IS NOT NULL
  GROUP BY w.chain_address
), left_now AS (
  SELECT COUNT(*) AS made, SUM(amount_usd) AS usd,
    COUNT(CASE WHEN chain_address IS NULL THEN 1 END) AS untraced,
    COALESCE(SUM(CASE WHEN chain_address IS NULL THEN amount_usd END), 0) AS untraced_usd
  FROM recent
), incoming AS (
  SELECT COALESCE(SUM(amount_usd), 0) AS usd FROM deposits
  WHERE customer_id = :customer_id AND "at" <= CAST(:as_of AS TIMESTAMP)
), earlier AS (
  SELECT COALESCE(SUM(amount_usd), 0) AS usd FROM outgoing
  WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
), held AS (
  SELECT NULLIF(GREATEST(incoming.usd - earlier.usd, 0), 0) AS usd FROM incoming CROSS JOIN earlier
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
    WHEN EXISTS (SELECT 1 FROM addressed WHERE NOT used) THEN CASE WHEN NOT EXISTS (
      SELECT 1 FROM outgoing
      WHERE "at" <= CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
        AND chain_address IS NULL AND COALESCE(method, 'chain') = 'chain'
    ) THEN TRUE END
    WHEN EXISTS (SELECT 1 FROM recent WHERE chain_address IS NULL AND COALESCE(method, 'chain') = 'chain') THEN NULL
    ELSE FALSE
  END AS "takeover.new_address",
  LEAST(1.0, COALESCE(left_now.usd / held.usd, CASE WHEN left_now.made > 0 THEN 1.0 ELSE 0.0 END))
    AS "takeover.withdrawn_share",
  LEAST(1.0, COALESCE(left_now.untraced_usd / held.usd, CASE WHEN left_now.untraced > 0 THEN 1.0 ELSE 0.0 END))
    AS "takeover.untraced_share"
FROM held CROSS JOIN left_now CROSS JOIN newness;
