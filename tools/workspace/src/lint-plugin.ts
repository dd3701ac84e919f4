import { roomImports } from './rules/room-imports.ts';

export default { meta: { name: 'ovis' }, rules: { 'room-imports': roomImports } };
