-- meaning: other accounts that used this account's devices
-- fact: device.accounts_sharing count : other accounts that logged in on any device of this one
-- fact: device.household_share number 0..1 : share of those that live at this account's address; 0 where there are none
-- fact: device.emulator flag : whether any device of this account is an emulator
-- fact: device.confirmed_fraud_sharing count : those of them with confirmed fraud in an earlier case
-- absent: device.emulator : no device of this account is known to be an emulator, and one is not described
-- An address that is empty is not known, and nobody's household.
WITH seen AS (
  SELECT DISTINCT customer_id, device_id FROM logins
  WHERE success AND "at" <= CAST(:as_of AS TIMESTAMP) AND device_id IS NOT NULL
), mine AS (
  SELECT device_id FROM seen WHERE customer_id = :customer_id
), others AS (
  SELECT DISTINCT s.customer_id
  FROM seen AS s JOIN mine ON mine.device_id = s.device_id
  WHERE s.customer_id <> :customer_id
), fraud AS (
  SELECT DISTINCT customer_id FROM earlier_cases
  WHERE outcome = 'confirmed_fraud' AND opened_at <= CAST(:as_of AS TIMESTAMP)
), sharing AS (
  SELECT
    COUNT(*) AS n,
    COUNT(fraud.customer_id) AS fraudulent,
    AVG(CASE WHEN LOWER(TRIM(c.residence_address)) = NULLIF(LOWER(TRIM(me.residence_address)), '') THEN 1.0 ELSE 0.0 END) AS household
  FROM others AS o
  JOIN customers AS me ON me.customer_id = :customer_id
  LEFT JOIN customers AS c ON c.customer_id = o.customer_id
  LEFT JOIN fraud ON fraud.customer_id = o.customer_id
), kinds AS (
  SELECT MAX(CASE WHEN d.is_emulator THEN 2 WHEN d.is_emulator IS NULL THEN 1 ELSE 0 END) AS emulated
  FROM mine LEFT JOIN devices AS d ON d.device_id = mine.device_id
)
SELECT
  sharing.n AS "device.accounts_sharing",
  COALESCE(sharing.household, 0) AS "device.household_share",
  CASE WHEN kinds.emulated = 2 THEN TRUE WHEN kinds.emulated = 1 THEN NULL ELSE FALSE END AS "device.emulator",
  sharing.fraudulent AS "device.confirmed_fraud_sharing"
FROM sharing CROSS JOIN kinds;

-- exhibit: graph Accounts on the same devices
WITH seen AS (
  SELECT DISTINCT customer_id, device_id FROM logins
  WHERE success AND "at" <= CAST(:as_of AS TIMESTAMP) AND device_id IS NOT NULL
), mine AS (
  SELECT device_id FROM seen WHERE customer_id = :customer_id
)
SELECT
  'customer' AS source_kind, s.customer_id AS source,
  CASE WHEN COALESCE(d.is_emulator, FALSE) THEN 'emulator' ELSE 'device' END AS target_kind, s.device_id AS target,
  'logged in on' AS why
FROM seen AS s
JOIN mine ON mine.device_id = s.device_id
LEFT JOIN devices AS d ON d.device_id = s.device_id
ORDER BY s.customer_id <> :customer_id, s.customer_id, s.device_id
LIMIT 200;
