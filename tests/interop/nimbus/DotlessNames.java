import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Tells servers that they are `localhost` (RFC 6066 §3). Java tells names with a dot alone, and the front that operators
 * are told to run turns away whoever comes without a name.
 */
final class DotlessNames extends SSLSocketFactory {
    private final SSLSocketFactory factory;

    DotlessNames(SSLSocketFactory factory) {
        this.factory = factory;
    }

    private static Socket named(Socket socket) {
        SSLParameters parameters = ((SSLSocket) socket).getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName("localhost")));
        ((SSLSocket) socket).setSSLParameters(parameters);
        return socket;
    }

    @Override
    public Socket createSocket() throws IOException {
        return named(factory.createSocket());
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean closes) throws IOException {
        return named(factory.createSocket(socket, host, port, closes));
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return named(factory.createSocket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
        return named(factory.createSocket(host, port, from, fromPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return named(factory.createSocket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
        return named(factory.createSocket(host, port, from, fromPort));
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return factory.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return factory.getSupportedCipherSuites();
    }
}
