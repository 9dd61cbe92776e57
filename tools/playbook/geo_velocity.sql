-- meaning: whether the account's logins can all be of one traveller
-- parameter: nearest_km number 100 : shorter hops are noise of the geolocation and count as none
-- parameter: fast_kmh number 900 : a faster travel is told even where other logins have no place
-- fact: login.max_speed_kmh number km/h : fastest travel between two successive successful logins of the last 30 days
-- fact: login.countries_24h count : most countries of successful logins in any 24 hours of the last 7 days
-- fact: login.failed_24h count : failed logins in the 24 hours before the flag
-- label: login.max_speed_kmh : the fastest travel between two logins
-- label: login.countries_24h : countries of logins within a day
-- label: login.failed_24h : failed logins on the last day
-- unknown: login.max_speed_kmh : a login of the last 30 days has no coordinates, and no fast travel is seen between the others
-- part: login.max_speed_kmh at least fast_kmh
-- unknown: login.countries_24h : a login of the last 7 days has no country, or one that is no code of a state (ISO 3166-1)
-- strange: logins.country : where that login was is not known
WITH recent AS (
  SELECT login_id, "at", COUNTRY_OF(country) AS country, latitude, longitude, success
  FROM logins
  WHERE customer_id = :customer_id
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
), hops AS (
  SELECT
    DATE_DIFF('second', LAG("at") OVER trail, "at") AS seconds,
    RADIANS(latitude) AS lat, RADIANS(longitude) AS lon,
    RADIANS(LAG(latitude) OVER trail) AS lat0, RADIANS(LAG(longitude) OVER trail) AS lon0
  FROM recent
  WHERE success AND latitude IS NOT NULL AND longitude IS NOT NULL
  WINDOW trail AS (ORDER BY "at", login_id)
), distances AS (
  SELECT seconds,
    2 * 6371.0 * ASIN(LEAST(1.0, SQRT(
      POWER(SIN((lat - lat0) / 2), 2) + COS(lat) * COS(lat0) * POWER(SIN((lon - lon0) / 2), 2)
    ))) AS km
  FROM hops
  WHERE lat0 IS NOT NULL
), speed AS (
  SELECT MAX(CASE WHEN km >= :nearest_km THEN km * 3600.0 / GREATEST(seconds, 60) ELSE 0 END) AS kmh FROM distances
), whole AS (
  SELECT COUNT(*) AS n, COUNT(latitude + longitude) AS placed,
    COUNT(CASE WHEN country IS NULL AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY THEN 1 END) AS stateless
  FROM recent WHERE success
), week AS (
  SELECT a.login_id, COUNT(DISTINCT b.country) AS countries
  FROM recent AS a
  JOIN recent AS b ON b."at" >= a."at" AND b."at" <= a."at" + INTERVAL '24' HOUR AND b.success
  WHERE a.success AND a."at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
  GROUP BY a.login_id
)
SELECT
  CASE WHEN whole.n < 2 THEN 0 WHEN whole.placed = whole.n OR speed.kmh > :fast_kmh THEN speed.kmh END
    AS "login.max_speed_kmh",
  CASE WHEN whole.stateless = 0 THEN COALESCE((SELECT MAX(countries) FROM week), 0) END AS "login.countries_24h",
  (SELECT COUNT(*) FROM recent WHERE NOT success AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '24' HOUR)
    AS "login.failed_24h"
FROM whole CROSS JOIN speed;
