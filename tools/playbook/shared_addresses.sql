-- meaning: other accounts that withdrew to this account's chain addresses
-- parameter: telling_accounts count 2 : as many other accounts are told although a withdrawal of this one has no address
-- parameter: service_accounts count 50 : an address that more accounts withdrew to is a service's, unless it is known to be self-hosted
-- fact: address.accounts_sharing count : other accounts that withdrew to an address of this one, those of exchanges, contracts and other services left out
-- fact: address.confirmed_fraud_sharing count : those of them with confirmed fraud in an earlier case
-- label: address.accounts_sharing : other accounts that withdrew to the same address
-- label: address.confirmed_fraud_sharing : confirmed frauds that withdrew to the same address
-- unknown: address.accounts_sharing : few are known to or none, and a withdrawal of this one has no address recorded
-- strange: earlier_cases.outcome : the case may have ended as confirmed fraud
-- strange: chain_addresses.category : the address is not left out
-- part: address.accounts_sharing at least telling_accounts
-- part: address.confirmed_fraud_sharing at least 1
-- unknown: address.confirmed_fraud_sharing : none is known to, and a withdrawal of this account has no address, or a case of another no outcome
-- Whoever else uses an exchange, a contract of decentralised finance or a service that takes payments of everybody is a
-- stranger. An address that several rows tell of is a service's where all of them say so.
WITH withdrawn AS (
  SELECT DISTINCT customer_id, ADDRESS_OF(chain_address) AS chain_address FROM (
    SELECT DISTINCT customer_id, chain_address FROM withdrawals WHERE "at" <= CAST(:as_of AS TIMESTAMP)
  ) AS spellings
), mine AS (
  SELECT chain_address FROM withdrawn WHERE customer_id = :customer_id AND chain_address IS NOT NULL
), kinds AS (
  SELECT mine.chain_address, COALESCE(MAX(REPLACE(a.category, '_', ' ')), 'address') AS category,
    MIN(CASE WHEN LOWER(TRIM(a.category)) IN ('exchange', 'defi') THEN 1 ELSE 0 END) AS service,
    MAX(CASE WHEN LOWER(TRIM(a.category)) = 'self_hosted' THEN 1 ELSE 0 END) AS own
  FROM mine LEFT JOIN chain_addresses AS a ON ADDRESS_OF(a.chain_address) = mine.chain_address
  GROUP BY mine.chain_address
), used AS (
  SELECT w.chain_address, MAX(k.category) AS category
  FROM withdrawn AS w JOIN kinds AS k ON k.chain_address = w.chain_address AND k.service = 0
  GROUP BY w.chain_address
  HAVING COUNT(*) <= :service_accounts OR MAX(k.own) = 1
), others AS (
  SELECT DISTINCT w.customer_id
  FROM withdrawn AS w JOIN used ON used.chain_address = w.chain_address
  WHERE w.customer_id <> :customer_id
), unnamed AS (
  SELECT COUNT(*) AS n FROM withdrawals
  WHERE customer_id = :customer_id AND "at" <= CAST(:as_of AS TIMESTAMP)
    AND ADDRESS_OF(chain_address) IS NULL AND COALESCE(NULLIF(TRIM(method), ''), 'chain') = 'chain'
), verdicts AS (
  SELECT customer_id, MAX(GUILT_OF(outcome)) AS guilt
  FROM earlier_cases WHERE opened_at <= CAST(:as_of AS TIMESTAMP)
  GROUP BY customer_id
), sharing AS (
  SELECT COUNT(*) AS n, COUNT(CASE WHEN guilt = 2 THEN 1 END) AS fraudulent, COUNT(CASE WHEN guilt = 1 THEN 1 END) AS undecided
  FROM others AS o LEFT JOIN verdicts AS v ON v.customer_id = o.customer_id
)
SELECT
  CASE WHEN unnamed.n = 0 OR s.n >= :telling_accounts THEN s.n END AS "address.accounts_sharing",
  CASE WHEN s.fraudulent > 0 OR unnamed.n = 0 AND s.undecided = 0 THEN s.fraudulent END AS "address.confirmed_fraud_sharing"
FROM sharing AS s CROSS JOIN unnamed;

-- exhibit: graph Accounts that withdrew to the same addresses
SELECT
  'customer' AS source_kind, w.customer_id AS source,
  used.category AS target_kind, used.chain_address AS target,
  'withdrew to' AS why
FROM withdrawn AS w JOIN used ON used.chain_address = w.chain_address
ORDER BY w.customer_id <> :customer_id, w.customer_id, used.chain_address
LIMIT 200;
