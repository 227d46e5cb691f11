// Inside is the console of somebody who is logged in: the frame and the pages of his role, each loaded when opened.
import { lazy, Suspense, type ComponentType } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';
import { LiveProvider } from '../live/live';
import { Confirmation } from '../session/Confirmation';
import { IdleWatch } from '../session/IdleWatch';
import { opens, PAGES, type PageName } from '../session/roles';
import { useSession } from '../session/session';
import { Waiting } from './App';
import { Boundary } from './Boundary';
import { Forbidden, NotFound } from './Refusals';
import { Shell } from './Shell';

const VIEWS: Record<PageName, ComponentType> = {
  home: lazy(() => import('../pages/Home')),
  devices: lazy(() => import('../pages/devices/Devices')),
  enrolments: lazy(() => import('../pages/enrolments/Enrolments')),
  sites: lazy(() => import('../pages/Sites')),
  policy: lazy(() => import('../pages/policy/Policy')),
  alarms: lazy(() => import('../pages/alarms/Alarms')),
  audit: lazy(() => import('../pages/audit/Audit')),
  exports: lazy(() => import('../pages/exports/Exports')),
  users: lazy(() => import('../pages/Users')),
  compliance: lazy(() => import('../pages/compliance/Compliance')),
  vault: lazy(() => import('../pages/vault/Vault')),
  persons: lazy(() => import('../pages/Persons')),
  requests: lazy(() => import('../pages/Requests')),
  signings: lazy(() => import('../pages/signings/Signings')),
  settings: lazy(() => import('../pages/settings/Settings')),
};
const TimelinePage = lazy(() => import('../pages/audit/TimelinePage'));
const DevicePage = lazy(() => import('../pages/devices/DevicePage'));

export default function Inside() {
  return (
    <LiveProvider>
      <IdleWatch />
      <Confirmation />
      <Shell><Pages /></Shell>
    </LiveProvider>
  );
}

function Pages() {
  const session = useSession();
  const { pathname } = useLocation();
  const guard = (page: PageName, View: ComponentType) => (opens(session, page) ? <View /> : <Forbidden />);
  return (
    <Boundary key={pathname}>
      <Suspense fallback={<Waiting />}>
        <Routes>
          {PAGES.map(({ name, path }) => <Route key={name} path={path} element={guard(name, VIEWS[name])} />)}
          <Route path="/activate" element={<Navigate to="/" replace />} />
          <Route path="/audit/timeline/:trace" element={guard('audit', TimelinePage)} />
          <Route path="/devices/:id" element={guard('devices', DevicePage)} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </Boundary>
  );
}
