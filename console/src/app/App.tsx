// App puts the providers around the pages: language, look, session.
import { Spin } from 'antd';
import { lazy, Suspense } from 'react';
import { HashRouter, Route, Routes } from 'react-router-dom';
import { ErrorView } from '../components/basics';
import { LanguageProvider } from '../i18n/language';
import { SessionProvider, useSessionState } from '../session/session';
import { Boundary } from './Boundary';
import { PreferencesProvider } from './preferences';

const Login = lazy(() => import('../pages/Login'));
const Activation = lazy(() => import('../pages/Activation'));
const Inside = lazy(() => import('./Inside'));

export function App() {
  return (
    <LanguageProvider>
      <PreferencesProvider>
        <Boundary>
          <SessionProvider>
            <HashRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
              <Suspense fallback={<Waiting />}><Entry /></Suspense>
            </HashRouter>
          </SessionProvider>
        </Boundary>
      </PreferencesProvider>
    </LanguageProvider>
  );
}

export const Waiting = () => <div style={{ display: 'grid', placeItems: 'center', minHeight: '60vh' }}><Spin size="large" /></div>;

function Entry() {
  const { state, reload } = useSessionState();
  if (state.kind === 'loading') return <Waiting />;
  if (state.kind === 'failed') return <div style={{ maxWidth: 520, margin: '20vh auto', padding: 24 }}><ErrorView error={state.error} retry={reload} /></div>;
  if (state.kind === 'in') return <Inside key={state.session.account} />;
  return (
    <Routes>
      <Route path="/activate" element={<Activation />} />
      <Route path="*" element={<Login why={state.why} />} />
    </Routes>
  );
}
