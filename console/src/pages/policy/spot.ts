// Spot is where a field of a section stands: `path` for its label's key, `place` for problems. The two differ by the
// numbers of rows.
export interface Spot { section: string; path: string[]; place: string[] }
export const inside = (spot: Spot, name: string): Spot => ({ section: spot.section, path: [...spot.path, name], place: [...spot.place, name] });
export const testIdOf = (spot: Spot): string => `defence-${spot.place.join('-')}`;
