/** A point on Earth, degrees. */
export interface Location {
  readonly latitude: number;
  readonly longitude: number;
}

/** Mean radius of Earth (IUGG), kilometres. */
const EARTH_RADIUS_KM = 6_371.0088;

/** The shortest way over the surface, kilometres (haversine formula). */
export function greatCircleKm(a: Location, b: Location): number {
  const latitudes = radians(b.latitude - a.latitude);
  const longitudes = radians(b.longitude - a.longitude);
  const chord = Math.sin(latitudes / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(longitudes / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Whether these are degrees of a point on Earth. */
export function isLocation(latitude: unknown, longitude: unknown): boolean {
  return isWithin(latitude, 90) && isWithin(longitude, 180);
}

function isWithin(degrees: unknown, limit: number): boolean {
  return typeof degrees === "number" && Math.abs(degrees) <= limit;
}

function radians(degrees: number): number {
  return degrees * Math.PI / 180;
}
